using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Microsoft.ML.SecondOrder.Tests.Samples;

public sealed class TrainFromFileTests
{
    [Fact]
    public void Numbers_are_learned_and_the_code_that_is_written_does_the_same()
    {
        using var folder = new Support.TemporaryFolder();
        File.WriteAllLines(folder.File("house-prices.csv"), Houses(300));

        var output = Run("regression", "--dataset", folder.File("house-prices.csv"), "--label-col", "price in €", "--train-time", "60", "--output", folder.File("out"));

        Assert.Matches(@"nr\W+ignored\W+it numbers the rows", output);
        Assert.Matches(@"area\W+number", output);
        Assert.Matches(@"kind\W+category", output);
        Assert.True(Metric(folder, "RSquared") > 0.9, output);
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(folder.File("out/report.html")));
        var prediction = Predict(folder, "HousePrices", Programs.House);
        var again = Predict(folder, "HousePrices", Programs.TrainedAgain(folder.File("house-prices.csv"), folder.File("again.zip")));
        Assert.InRange(double.Parse(prediction, CultureInfo.InvariantCulture), 100, 140);
        Assert.InRange(double.Parse(again, CultureInfo.InvariantCulture), 100, 140);
    }

    [Fact]
    public void Classes_are_learned_from_a_file_without_header_and_with_holes()
    {
        using var folder = new Support.TemporaryFolder();
        File.WriteAllLines(folder.File("Tickets.txt"), Tickets(300));
        File.WriteAllLines(folder.File("test.txt"), Tickets(50));

        var output = Run(
            "classification", "--dataset", folder.File("Tickets.txt"), "--test-dataset", folder.File("test.txt"), "--label-col", "0", "--has-header", "false",
            "--separator", "tab", "--ignore-cols", "3", "--seed", "7", "--output", folder.File("out"));

        Assert.Matches(@"col1\W+text", output);
        Assert.Matches(@"col3\W+ignored\W+you said so", output);
        Assert.True(Metric(folder, "MicroAccuracy") > 0.9, output);
        Assert.Equal("bill refund", Predict(folder, "Tickets", Programs.Ticket));
    }

    [Theory]
    [InlineData(2, "'regression' or 'classification'", "ranking")]
    [InlineData(2, "--dataset is missing", "regression", "--label-col", "x")]
    [InlineData(2, "--label-col is missing", "regression", "--dataset", "FILE")]
    [InlineData(2, "--label-col needs a value", "regression", "--label-col")]
    [InlineData(2, "no option --lable", "regression", "--lable", "x")]
    [InlineData(2, "--seed must be a whole number, but is 'x'", "regression", "--seed", "x")]
    [InlineData(2, "--train-time must be a number of seconds above 0, but is '0'", "regression", "--train-time", "0")]
    [InlineData(2, "has no column 'cost', which --label-col names. Its columns are 'nr', 'area'", "regression", "--dataset", "FILE", "--label-col", "cost")]
    [InlineData(1, "There is no file 'no.csv'", "regression", "--dataset", "no.csv", "--label-col", "x")]
    [InlineData(1, "holds 'flat', which is no number. Use 'classification'", "regression", "--dataset", "FILE", "--label-col", "kind")]
    [InlineData(1, "The separator is taken to be space; --separator names another", "regression", "--dataset", "FILE", "--label-col", "0", "--separator", "space")]
    [InlineData(1, "no column to learn from", "regression", "--dataset", "FILE", "--label-col", "price in €", "--ignore-cols", "area,kind,3")]
    public void Mistakes_are_told_in_sentences(int code, string sentence, params string[] arguments)
    {
        using var folder = new Support.TemporaryFolder();
        File.WriteAllLines(folder.File("houses.csv"), Houses(30));

        var (actual, output, errors) = Sample.Run("TrainFromFile", [.. arguments.Select(a => a == "FILE" ? folder.File("houses.csv") : a)]);

        Assert.Equal(code, actual);
        Assert.Contains(sentence, errors);
        Assert.Equal(code == 2, errors.Contains("Usage:"));
        Assert.Empty(output);
    }

    private static IEnumerable<string> Houses(int count)
    {
        var random = new Random(1);
        string[] kinds = ["flat", "house", "villa, \"old\""];
        yield return "nr,area,kind,built,price in €";
        for (var i = 1; i <= count; i++)
        {
            var (area, kind) = (random.Next(30, 200), random.Next(3));
            var price = area * (1 + 0.5 * kind) + random.NextDouble();
            yield return string.Create(CultureInfo.InvariantCulture, $"{i},{area},\"{kinds[kind].Replace("\"", "\"\"")}\",2001-01-{1 + i % 28:00},{price:F1}");
        }
    }

    private static IEnumerable<string> Tickets(int count)
    {
        var random = new Random(count);
        string[] things = ["screen", "router", "password", "printer", "invoice"];
        for (var i = 0; i < count; i++)
        {
            var thing = things[random.Next(things.Length)];
            var (text, name) = random.Next(3) switch
            {
                0 => ($"my {thing} is broken since this morning", "it repair"),
                1 => ($"please send back the money for the {thing}", "bill refund"),
                _ => ($"how do I order a new {thing} for {i} people", "shop order"),
            };
            yield return string.Join('\t', name, text, random.Next(4) == 0 ? "?" : $"{random.Next(100)}", name);
        }
    }

    private static string Run(params string[] arguments)
    {
        var (code, output, errors) = Sample.Run("TrainFromFile", arguments);
        Assert.True(code == 0, output + errors);
        return output;
    }

    private static double Metric(Support.TemporaryFolder folder, string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(folder.File("out/metrics.json")));
        return json.RootElement.GetProperty("metrics").GetProperty(name).GetDouble();
    }

    /// <summary>Compiles what was written with a program that uses it, and runs that.</summary>
    private static string Predict(Support.TemporaryFolder folder, string name, string program)
    {
        var trees = Directory.GetFiles(folder.File("out"), "*.cs").Select(File.ReadAllText).Append(program).Select(text => CSharpSyntaxTree.ParseText(text));
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(p => MetadataReference.CreateFromFile(p));
        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable);
        using var assembly = new MemoryStream();
        var result = CSharpCompilation.Create(Path.GetRandomFileName(), trees, references, options).Emit(assembly);
        Assert.True(result.Success, string.Join("\n", result.Diagnostics));

        var loaded = Assembly.Load(assembly.ToArray());
        loaded.GetType($"{name}Model.{name}")!.GetProperty("ModelPath")!.SetValue(null, folder.File("out/model.zip"));
        return (string)loaded.GetType("Program")!.GetMethod("Run")!.Invoke(null, null)!;
    }

    private static class Programs
    {
        public const string House = """
            public static class Program
            {
                public static string Run() => HousePricesModel.HousePrices.Predict(
                    new HousePricesModel.HousePrices.ModelInput { Area = 80, Kind = "house" }).Score.ToString(System.Globalization.CultureInfo.InvariantCulture);
            }
            """;

        public const string Ticket = """
            using System.Linq;
            public static class Program
            {
                public static string Run()
                {
                    var input = new TicketsModel.Tickets.ModelInput { Col1 = "please send back the money for the mouse", Col2 = float.NaN };
                    var all = TicketsModel.Tickets.PredictAllLabels(input).ToList();
                    var best = TicketsModel.Tickets.Predict(input).PredictedLabel;
                    return all.Count == 3 && all[0].Key == best && System.Math.Abs(all.Sum(c => c.Value) - 1) < 1e-5 ? best : "the labels differ";
                }
            }
            """;

        public static string TrainedAgain(string data, string model) => $$"""
            public static class Program
            {
                public static string Run()
                {
                    HousePricesModel.HousePrices.Train(@"{{model}}", @"{{data}}");
                    HousePricesModel.HousePrices.ModelPath = @"{{model}}";
                    return HousePricesModel.HousePrices.Predict(
                        new HousePricesModel.HousePrices.ModelInput { Area = 80, Kind = "house" }).Score.ToString(System.Globalization.CultureInfo.InvariantCulture);
                }
            }
            """;
    }
}
