using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.Runtime;

/// <summary>What may add its name to an exception on the way out.</summary>
public interface IExceptionContext
{
    string ContextDescription { get; }

    TException Process<TException>(TException ex) where TException : Exception;
}

/// <summary>
/// Exceptions of ML.NET's types and texts. A context may be null. The Except… methods make an exception and do not throw it;
/// the Check… methods throw.
/// </summary>
internal static class Contracts
{
    public static Exception Except(string message, Exception inner = null) => Except(null, message, inner);
    public static Exception Except(this IExceptionContext context, string message, Exception inner = null)
        => context.Pass(new InvalidOperationException(message, inner));

    public static Exception ExceptParam(string name, string message) => ExceptParam(null, name, message);
    public static Exception ExceptParam(this IExceptionContext context, string name, string message = null)
        => context.Pass(message == null ? new ArgumentOutOfRangeException(name) : new ArgumentOutOfRangeException(name, message));

    /// <summary>Same as <see cref="ExceptParam(string, string)"/>: for an argument that came from a user's options.</summary>
    public static Exception ExceptUserArg(this IExceptionContext context, string name, string message = null) => context.ExceptParam(name, message);

    public static Exception ExceptValue(this IExceptionContext context, string name) => context.Pass(new ArgumentNullException(name));

    /// <summary>For data that cannot be decoded: a damaged model.</summary>
    public static Exception ExceptDecode(string message, Exception inner = null) => ExceptDecode(null, message, inner);
    public static Exception ExceptDecode(this IExceptionContext context, string message, Exception inner = null)
        => context.Pass(new FormatException(message, inner));

    public static Exception ExceptNotSupp(this IExceptionContext context, string message)
        => context.Pass(new NotSupportedException(message));

    /// <summary>The column is missing (no types given) or has another type.</summary>
    public static Exception ExceptSchemaMismatch(this IExceptionContext context, string paramName, string role, string column,
        string expected = null, string actual = null)
        => context.ExceptParam(paramName, actual == null
            ? $"Could not find {role} column '{column}'"
            : $"Schema mismatch for {role} column '{column}': expected {expected}, got {actual}");

    public static void Check([DoesNotReturnIf(false)] bool condition, string message = "Operation is not valid due to the current state of the object.")
        => Check(null, condition, message);
    public static void Check(this IExceptionContext context, [DoesNotReturnIf(false)] bool condition,
        string message = "Operation is not valid due to the current state of the object.")
    {
        if (!condition)
            throw context.Except(message);
    }

    public static void CheckParam([DoesNotReturnIf(false)] bool condition, string name, string message = null) => CheckParam(null, condition, name, message);
    public static void CheckParam(this IExceptionContext context, [DoesNotReturnIf(false)] bool condition, string name, string message = null)
    {
        if (!condition)
            throw context.ExceptParam(name, message);
    }

    public static void CheckUserArg(this IExceptionContext context, [DoesNotReturnIf(false)] bool condition, string name, string message = null)
        => context.CheckParam(condition, name, message);

    public static void CheckValue(object value, string name) => CheckValue(null, value, name);
    public static void CheckValue(this IExceptionContext context, object value, string name)
    {
        if (value == null)
            throw context.ExceptValue(name);
    }

    public static string CheckNonEmpty(string value, string name) => CheckNonEmpty(null, value, name);
    public static string CheckNonEmpty(this IExceptionContext context, string value, string name)
        => !string.IsNullOrEmpty(value) ? value : throw context.ExceptParam(name, $"{name} cannot be null or empty");

    public static void CheckDecode([DoesNotReturnIf(false)] bool condition, string message = "Corrupt model file")
    {
        if (!condition)
            throw ExceptDecode(message);
    }

    /// <summary>Throws when the context has been cancelled: long loops call it now and then.</summary>
    public static void CheckAlive(this IHostEnvironment env)
    {
        if (env is ICancelable { IsCanceled: true })
            throw env.Process(new OperationCanceledException("Operation was canceled."));
    }

    /// <summary>Notes that ML.NET itself threw the exception, on purpose.</summary>
    public static TException Mark<TException>(TException ex) where TException : Exception
    {
        ex.Data[MarkKey] = 1;
        return ex;
    }

    public static bool IsMarked(this Exception ex) => ex.Data.Contains(MarkKey);

    private const string MarkKey = "ML_IsMarked";

    private static TException Pass<TException>(this IExceptionContext context, TException ex) where TException : Exception
        => Mark(context == null ? ex : context.Process(ex));
}
