namespace Microsoft.ML.SecondOrder.Benchmarks;

internal static class Converge
{
    public static void Run(IReadOnlyList<string> rest) => throw new NotImplementedException();
}
