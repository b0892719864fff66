using System.Reflection;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

/// <summary>Cancels an MLContext as AutoML does, through a method that is not public.</summary>
internal static class ContextCancel
{
    public static void Of(MLContext ml) =>
        typeof(MLContext).GetMethod("CancelExecution", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)!.Invoke(ml, []);
}
