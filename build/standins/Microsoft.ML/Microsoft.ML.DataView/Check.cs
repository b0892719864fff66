using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.Internal.DataView;

/// <summary>Argument checks with the exception types of ML.NET.</summary>
internal static class Check
{
    public static void Param([DoesNotReturnIf(false)] bool condition, string paramName, string message = null)
    {
        if (!condition)
            throw message == null ? new ArgumentOutOfRangeException(paramName) : new ArgumentOutOfRangeException(paramName, message);
    }

    public static void Value(object value, string paramName)
    {
        if (value == null)
            throw new ArgumentNullException(paramName);
    }

    public static void NonEmpty(string value, string paramName)
    {
        if (string.IsNullOrEmpty(value))
            throw new ArgumentNullException(paramName);
    }
}
