using System.Globalization;
using Microsoft.ML.SecondOrder.Tests.Catalog;
using Microsoft.ML.SecondOrder.Tests.Support;

namespace Microsoft.ML.SecondOrder.Tests.Training;

public sealed class RepeatabilityTests
{
    [Theory]
    [InlineData("")]
    [InlineData("tr-TR")]
    [InlineData("fa-IR")]
    public void The_same_seed_gives_the_same_bits_in_another_process_and_culture(string culture) =>
        Assert.Equal(Train(), SecondProcess.Run(InAnotherCulture, culture));

    [Fact(Explicit = true)]
    public void InAnotherCulture()
    {
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(SecondProcess.Arguments[0]);
        SecondProcess.Answer(Train());
    }

    private static string Train()
    {
        var ml = new MLContext(seed: 7);
        var data = Examples.View(ml, 300);
        return string.Join('\n', Scores.Of(ml.Regression.Trainers.NeuralNetwork("Number", maximumNumberOfEpochs: 5).Fit(data).Transform(data)));
    }
}
