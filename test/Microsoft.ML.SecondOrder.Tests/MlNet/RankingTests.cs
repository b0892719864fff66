using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Tests.MlNet.Outside;
using Microsoft.ML.SecondOrder.Tests.Support;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>Ranking is no task of ours, so the stand-in lacks it and this test asks by name.</summary>
public sealed class RankingTests
{
    private sealed class Row
    {
        public float Label { get; set; }

        [KeyType(2)]
        public uint Group { get; set; }

        [VectorType(1)]
        public float[] Features { get; set; } = [];
    }

    [Fact]
    public void The_score_of_an_outside_transformer_is_evaluated()
    {
        var ml = new MLContext(seed: 1);
        var catalog = typeof(MLContext).GetProperty("Ranking")?.GetValue(ml);
        if (catalog == null)
        {
            Assert.True(Packages.MicrosoftMLIsStandIn, "ML.NET has no ranking.");
            Assert.Skip("The stand-in has no ranking.");
        }
        var scored = FirstFeature.AsRanking(1).Transform(ml.Data.LoadFromEnumerable(Enumerable.Range(0, 6).Select(i => new Row { Label = i % 3, Group = (uint)(i / 3), Features = [i % 3] }).ToList()));

        var evaluate = catalog.GetType().GetMethod("Evaluate", [typeof(IDataView), typeof(string), typeof(string), typeof(string)])!;
        var metrics = evaluate.Invoke(catalog, [scored, "Label", "Group", "Score"])!;

        var gains = (IReadOnlyList<double>)metrics.GetType().GetProperty("NormalizedDiscountedCumulativeGains")!.GetValue(metrics)!;
        Assert.All(gains, gain => Assert.Equal(1, gain, 6));
    }
}
