using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.ML.SecondOrder.Reporting;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Reporting;

public sealed partial class ReportPageTests
{
    private const string Hostile = "</title><script src=\"http://x\">alert('1')</script><img onerror=x>";

    public static TheoryData<string> Cases => [.. All().Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Pages_are_well_formed_and_hold_nothing_active_or_foreign(string name)
    {
        var page = ReportPage.Render(All().Single(c => c.Name == name).Facts);

        var document = Parsed(page);
        Assert.DoesNotContain("NaN", page);
        Assert.DoesNotContain(document.Descendants(), e => e.Name.LocalName is "script" or "img" or "link" or "iframe" or "object");
        Assert.DoesNotContain(document.Descendants().Attributes(), a => a.Name.LocalName.StartsWith("on", StringComparison.Ordinal) || a.Name.LocalName == "src");
        Assert.All(document.Descendants().Attributes("href"), a => Assert.StartsWith("#", a.Value));
        Assert.All(document.Descendants("svg"), svg => Assert.NotEmpty(svg.Attribute("aria-label")!.Value));
        Assert.Equal(Ids(document).Distinct(), Ids(document));
    }

    [Fact]
    public void Links_lead_to_the_sections_that_are_there()
    {
        var document = Parsed(ReportPage.Render(All().Single(c => c.Name == "classes").Facts));

        var links = document.Descendants("a").Select(a => a.Attribute("href")!.Value.TrimStart('#'));

        Assert.Equal(Ids(document), links);
        Assert.Contains("features", links);
    }

    [Fact]
    public void Names_are_shown_as_they_are()
    {
        var document = Parsed(ReportPage.Render(All().Single(c => c.Name == "classes").Facts));

        Assert.Equal(Hostile, document.Descendants("h1").Single().Value);
        Assert.Contains(document.Descendants("th"), th => th.Value == "<b>" + Hostile);
    }

    [Fact]
    public void Every_culture_gives_the_same_bytes()
    {
        var pages = new List<string>();
        var before = CultureInfo.CurrentCulture;
        foreach (var culture in new[] { "", "de-DE", "fa-IR", "tr-TR" })
        {
            CultureInfo.CurrentCulture = new CultureInfo(culture);
            pages.Add(string.Concat(All().Select(c => ReportPage.Render(c.Facts))));
        }

        CultureInfo.CurrentCulture = before;
        Assert.Single(pages.Distinct());
    }

    [Fact]
    public void A_few_absurd_numbers_do_not_shrink_a_picture()
    {
        var labels = Enumerable.Range(0, 1000).Select(i => i == 7 ? 1e9f : i / 100f).ToArray();
        var facts = Facts(new RegressionEvaluation([new("y", labels, [.. labels.Select(l => Math.Min(l, 10))])]) { SkippedRows = 0 });

        var page = ReportPage.Render(facts);

        Assert.Contains("999 rows shown, 1 lie outside", page);
    }

    private static IEnumerable<(string Name, ReportFacts Facts)> All()
    {
        var random = new Random(1);
        yield return ("bare", new ReportFacts { Title = Hostile, Summary = Hostile });
        yield return ("no rows", Facts(new RegressionEvaluation([new(Hostile, [], [])]) { SkippedRows = 4 }));
        yield return ("one row", Facts(new RegressionEvaluation([new(Hostile, [3], [3])]) { SkippedRows = 0 }));
        yield return ("equal labels", Facts(new RegressionEvaluation([new(Hostile, [3, 3, 3], [3, 3, 3])]) { SkippedRows = 0 }));
        yield return ("targets", Facts(new RegressionEvaluation([new(Hostile, [1, 2, 3], [3, 1, 2]), new("b", [0, 1e30f, 1], [-1e30f, 0, 0])]) { SkippedRows = 1 }));
        yield return ("one class", Facts(new ClassEvaluation(["false", "true"], [0, 0], [[1, 0], [1, 0]]) { SkippedRows = 0, IsBinary = true }));
        yield return ("classes", Facts(Classes(3, random)) with
        {
            Importance = new ImportanceFacts("accuracy", [(Hostile, 0.25), ("x", double.NaN), ("y", -0.01)]),
            Settings = [new(Hostile, Hostile)],
            Environment = [new(Hostile, Hostile)],
        });
        yield return ("many classes", Facts(Classes(60, random)));
        yield return ("one epoch", Facts(null) with { Epochs = [.. Epochs().Take(1)] });
        yield return ("many layers", Facts(null) with { Epochs = [.. Epochs().Select(e => e with { Layers = [.. Enumerable.Range(1, 7).Select(l => new LayerMetrics($"{Hostile}{l}", 0.1 * l, l, null))] })] });
    }

    private static ReportFacts Facts(Evaluation? evaluation) => new() { Title = Hostile, Summary = Hostile, Epochs = [.. Epochs()], Evaluation = evaluation };

    private static ClassEvaluation Classes(int count, Random random) => new(
        [.. Enumerable.Range(0, count).Select(c => c == 0 ? "<b>" + Hostile : $"class {c}")],
        [.. Enumerable.Range(0, 200).Select(_ => random.Next(count))],
        [.. Enumerable.Range(0, 200).Select(_ => Enumerable.Range(0, count).Select(_ => random.NextSingle()).ToArray())])
    { SkippedRows = 0 };

    private static IEnumerable<EpochMetrics> Epochs() => Enumerable.Range(1, 12).Select(e => new EpochMetrics
    {
        Epoch = e,
        MaximumNumberOfEpochs = 12,
        TrainingLoss = e == 5 ? double.NaN : 10.0 / (e * e * e),
        ValidationLoss = e == 1 ? double.PositiveInfinity : 12.0 / (e * e),
        Accuracy = 1 - 0.5 / e,
        IsBest = e == 11,
        LearningRate = 1 - e / 12.0,
        Layers = [new(Hostile, 0.01, 0.5, 0.1 / e), new("out", 0.02, null, null)],
    });

    private static XDocument Parsed(string page) => XDocument.Parse(Meta().Replace(page.Replace("<!DOCTYPE html>", ""), ""));

    private static IEnumerable<string> Ids(XDocument document) => document.Descendants().Attributes("id").Select(a => a.Value);

    [GeneratedRegex("<meta [^>]*>")]
    private static partial Regex Meta();
}
