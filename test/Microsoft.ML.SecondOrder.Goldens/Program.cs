using Microsoft.ML.SecondOrder.Goldens;

if (args.Length == 0)
{
    Console.Error.WriteLine("Usage: Microsoft.ML.SecondOrder.Goldens PATH...   (files with reference numbers, or folders of them)");
    return 2;
}

var results = GoldenRunner.Run(args, Console.Out);
Console.WriteLine($"{results.Passed} passed, {results.Failed} failed, {results.Skipped} skipped");
return results.Failed == 0 && results.Passed > 0 ? 0 : 1;
