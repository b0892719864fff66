using System.Text.RegularExpressions;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Tests.Catalog;
using Microsoft.ML.SecondOrder.Tests.Support;

namespace Microsoft.ML.SecondOrder.Tests.Training;

/// <summary>Every method that there is, found by its options: a new one is covered without a line here.</summary>
public sealed class EveryMethodTests
{
    /// <summary>Where the defaults are for something else than a trainer.</summary>
    private static readonly PreconditionerOptions[] _changed = [new KfacPinnOptions { Terms = 1 }];

    public static TheoryData<string> Methods => [.. Types().Select(t => t.Name).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Methods))]
    public void Trainer_learns_by(string method)
    {
        var type = Types().Single(t => t.Name == method);
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);

        var trainer = ml.Regression.Trainers.NeuralNetwork(new()
        {
            LabelColumnName = "Number",
            Network = Network.Mlp(16),
            MaximumNumberOfEpochs = 12,
            Optimizer = _changed.FirstOrDefault(o => o.GetType() == type) ?? (PreconditionerOptions)Activator.CreateInstance(type)!,
        });
        var model = trainer.Fit(data);

        var rSquared = ml.Regression.Evaluate(model.Transform(data), "Number").RSquared;
        Assert.True(rSquared > 0.5, $"{method}: R² = {rSquared}");
        Assert.DoesNotContain("updates skipped", model.Model.Summary.Optimizer);
    }

    [Theory, MemberData(nameof(Methods))]
    public void Table_of_methods_has_a_line_for(string method)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "methods.md"));

        Assert.Matches(new Regex($@"^\|.*`{method}.*\|\s*$", RegexOptions.Multiline), text);
    }

    private static IEnumerable<Type> Types() => typeof(PreconditionerOptions).Assembly.GetTypes()
        .Where(t => t.IsSubclassOf(typeof(PreconditionerOptions)) && t is { IsAbstract: false, IsPublic: true });
}
