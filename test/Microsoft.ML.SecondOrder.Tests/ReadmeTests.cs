using System.Text.RegularExpressions;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests;

/// <summary>The programs in the README run as they stand there: each is the body of a test here.</summary>
[Collection(ProcessWide.Name)]
public sealed partial class ReadmeTests
{
    [Fact]
    public void A_pipeline_is_trained_evaluated_and_saved()
    {
        using var folder = new Support.TemporaryFolder();
        var (before, random) = (Directory.GetCurrentDirectory(), new Random(1));
        var rows = Enumerable.Range(0, 500).Select(_ => new Trip(random)).ToList();
        var split = new MLContext(1).Data.TrainTestSplit(new MLContext(1).Data.LoadFromEnumerable(rows), 0.2);
        var (train, test) = (split.TrainSet, split.TestSet);
        Directory.SetCurrentDirectory(folder.File(string.Empty));
        try
        {
            // README
            var ml = new MLContext(seed: 1);
            var pipeline = ml.Transforms.Categorical.OneHotEncoding([new("Vendor"), new("Payment")])
                .Append(ml.Transforms.Concatenate("Features", "Vendor", "Payment", "Passengers", "Seconds", "Miles"))
                .Append(ml.Regression.Trainers.NeuralNetwork(labelColumnName: "Fare"));

            var model = pipeline.Fit(train);
            var metrics = ml.Regression.Evaluate(model.Transform(test), labelColumnName: "Fare");
            ml.Model.Save(model, train.Schema, "fare.zip");          // any process: ml.Model.Load("fare.zip", out _)
            // end

            Assert.True(metrics.RSquared > 0.9, $"R² is {metrics.RSquared}.");
            Assert.NotNull(ml.Model.Load("fare.zip", out _));
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }
    }

    [Fact]
    public void The_optimizer_is_used_alone()
    {
        using var scope = NewDisposeScope();
        using var model = nn.Sequential(("a", nn.Linear(20, 40)), ("b", nn.Tanh()), ("c", nn.Linear(40, 3)));
        var batches = new[] { (x: ones(4, 20), y: torch.tensor(new long[] { 0, 1, 2, 0 })) };
        using var output = new StringWriter();
        var console = Console.Out;
        Console.SetOut(output);
        try
        {
            // README
            var optimizer = new SecondOrderOptimizer(model, new SingdOptions { Inputs = MatrixPattern.Hierarchical(15, 15) }, learningRate: 1e-3);
            foreach (var (x, y) in batches)
            {
                optimizer.zero_grad();
                using var loss = torch.nn.functional.cross_entropy(model.call(x), y);
                loss.backward();
                optimizer.step();
            }
            Console.WriteLine(optimizer.Summary());       // layers, patterns, size of the state, what the fallback trains
            // end
            optimizer.Dispose();
        }
        finally
        {
            Console.SetOut(console);
        }

        Assert.Contains("a: SINGD", output.ToString());
    }

    [Fact]
    public void Programs_are_those_of_the_readme()
    {
        var shown = CodeBlock().Matches(File.ReadAllText(Path.Combine(Support.Repository.Root, "README.md"))).Select(m => Essence(m.Groups[1].Value)).ToList();
        var here = File.ReadAllText(Path.Combine(Support.Repository.Root, "test", "Microsoft.ML.SecondOrder.Tests", "ReadmeTests.cs"));
        var run = Program().Matches(here).Select(m => Essence(m.Groups[1].Value)).ToList();

        Assert.Equal(2, shown.Count);
        Assert.Equal(shown, run);
    }

    /// <summary>The lines without indentation, empty lines and using directives.</summary>
    private static string Essence(string code) => string.Join(
        '\n', code.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0 && !l.StartsWith("using Microsoft", StringComparison.Ordinal)));

    [GeneratedRegex(@"```csharp\r?\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"^ +// README\r?\n(.*?)^ +// end", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Program();

    public sealed class Trip(Random random)
    {
        public string Vendor { get; set; } = random.Next(2) == 0 ? "CMT" : "VTS";

        public string Payment { get; set; } = random.Next(2) == 0 ? "CRD" : "CSH";

        public float Passengers { get; set; } = random.Next(1, 5);

        public float Seconds { get; set; } = random.Next(60, 3000);

        public float Miles { get; set; } = random.NextSingle() * 10;

        public float Fare => 2.5f + 0.005f * Seconds + 2 * Miles + (Vendor == "CMT" ? 1 : 0);
    }
}
