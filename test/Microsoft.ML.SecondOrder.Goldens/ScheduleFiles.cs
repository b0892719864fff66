using System.Text.Json;
using Microsoft.ML.SecondOrder.Optimizers;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>Files on schedules of the learning rate.</summary>
internal static class ScheduleFiles
{
    /// <summary>Knowledge gain of two convolutions over four epochs, and the rates that follow; there, dense layers follow the last convolution.</summary>
    public static void Adas(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        var options = new AdasOptions { Beta = inputs.Number("beta"), Zeta = inputs.Number("zeta") };
        var (before, rates) = (new double[3], new double[3]);
        foreach (var (weights, reference) in inputs.GetProperty("epochs").EnumerateArray().Zip(expected.GetProperty("epochs").EnumerateArray()))
        {
            var isFirst = rates[0] == 0;
            var gains = new double[3];
            foreach (var (element, i) in weights.EnumerateArray().Select((w, i) => (w, i)))
            {
                var weight = element.Numbers();
                var input = AdasMath.Knowledge(weight.transpose(0, 1).flatten(1), options.Power);
                var output = AdasMath.Knowledge(weight.flatten(1), options.Power);
                comparison.Add("input S", input.Gain, reference.GetProperty("input_S")[i].GetDouble());
                comparison.Add("output S", output.Gain, reference.GetProperty("output_S")[i].GetDouble());
                comparison.Add("input rank", input.Rank, reference.GetProperty("input_rank")[i].GetDouble());
                comparison.Add("output rank", output.Rank, reference.GetProperty("output_rank")[i].GetDouble());
                comparison.Add("input condition", input.Condition, reference.GetProperty("input_cond")[i].GetDouble());
                gains[i] = AdasMath.KnowledgeOfWeight(weight, options.Power).Gain;
                gains[2] = output.Gain;
            }

            for (var i = 0; i < 3; i++)
            {
                rates[i] = isFirst ? inputs.Number("init_lr") : AdasMath.Rate(rates[i], gains[i], before[i], options, inputs.Number("min_lr"));
                comparison.Add($"rate {i}", rates[i], i < 2 ? reference.GetProperty("lr_conv")[i].GetDouble() : reference.Number("lr_fc"));
            }

            before = gains;
        }
    }
}
