using Microsoft.ML.SecondOrder.Likelihoods;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>Steps towards hyper-parameters of higher evidence, within limits.</summary>
internal sealed record EvidenceTuner
{
    /// <summary>Share of the way to the fixed point that a step goes. Default ½.</summary>
    public double Damping { get; init; } = 0.5;

    /// <summary>Largest change of log δ in a step. Default 2.</summary>
    public double LargestStep { get; init; } = 2;

    /// <summary>Limits of log δ. Default ±15.</summary>
    public (double Lowest, double Highest) LogPrecision { get; init; } = (-15, 15);

    /// <summary>Limits of σ, in the unit of the outputs. Default those of log σ at ±15.</summary>
    public (double Lowest, double Highest) Noise { get; init; } = (Math.Exp(-15), Math.Exp(15));

    /// <summary>
    /// Whether weights that the data says nothing about, such as those of constant columns, are held ever tighter, as suits a training that
    /// pulls them to 0. Default false: for given weights the evidence is highest with no hold at all.
    /// </summary>
    public bool GivesUpUndetermined { get; init; }

    /// <summary>Whether only the noise is moved. Default false.</summary>
    public bool HoldsPrecisions { get; init; }

    /// <summary>Rate of Adam. Default 0.1.</summary>
    public double Rate { get; init; } = 0.1;

    /// <summary>One damped step of all fixed points, from gradients at the same place.</summary>
    public HyperParameters Step(EvidenceModel model, Evidence at)
    {
        var next = at.Groups.Select(g => Math.Exp(Math.Clamp(Math.Log(g.Precision) + Change(g), LogPrecision.Lowest, LogPrecision.Highest)));
        return new HyperParameters(at.HyperParameters.Prior, [.. next], NextNoise(model, at));
    }

    /// <summary>Fixed points until nothing moves any more; the best place on the way, as the steps need not climb.</summary>
    public Evidence FixedPoint(EvidenceModel model, HyperParameters start, int steps)
    {
        const double Still = 1e-7;
        var at = model.At(start.Precisions.AsSpan(), start.Noise);
        var best = at;
        for (var step = 0; step < steps; step++)
        {
            var next = Step(model, at);
            var moved = Math.Max(
                Math.Abs(Math.Log(next.Noise / at.HyperParameters.Noise)),
                next.Precisions.Zip(at.HyperParameters.Precisions, (a, b) => Math.Abs(Math.Log(a / b))).Max());
            at = model.At(next.Precisions.AsSpan(), next.Noise);
            best = at.LogMarginalLikelihood >= best.LogMarginalLikelihood ? at : best;
            if (!(moved > Still))
            {
                break;
            }
        }

        return best;
    }

    /// <summary>Adam (Kingma and Ba, 2015, arXiv 1412.6980) on the negative evidence; every place on the way, the start included.</summary>
    public IEnumerable<Evidence> Ascent(EvidenceModel model, HyperParameters start, int steps)
    {
        var place = start.Precisions.Select(Math.Log).Append(Math.Log(start.Noise)).ToArray();
        var (first, second) = (new double[place.Length], new double[place.Length]);
        for (var step = 1; ; step++)
        {
            var at = model.At([.. place[..^1].Select(Math.Exp)], Math.Exp(place[^1]));
            yield return at;
            if (step > steps)
            {
                yield break;
            }

            Adam(place, [.. at.Groups.Select(g => -g.LogPrecisionGradient), -at.LogNoiseGradient], first, second, step);
            for (var i = 0; i < place.Length - 1; i++)
            {
                place[i] = Math.Clamp(place[i], LogPrecision.Lowest, LogPrecision.Highest);
            }

            place[^1] = Math.Clamp(place[^1], Math.Log(Noise.Lowest), Math.Log(Noise.Highest));
        }
    }

    private double Change(PrecisionGroup group) => HoldsPrecisions ? 0
        : GivesUpUndetermined && group.EffectiveParameters < EvidenceMath.Undetermined
        ? LargestStep
        : EvidenceMath.FixedPointStep(group.EffectiveParameters, group.Scatter, Damping, LargestStep);

    private void Adam(double[] place, double[] gradient, double[] first, double[] second, int step)
    {
        const double FirstDecay = 0.9, SecondDecay = 0.999, Epsilon = 1e-8;
        for (var i = 0; i < place.Length; i++)
        {
            first[i] = FirstDecay * first[i] + (1 - FirstDecay) * gradient[i];
            second[i] = SecondDecay * second[i] + (1 - SecondDecay) * gradient[i] * gradient[i];
            var (mean, square) = (first[i] / (1 - Math.Pow(FirstDecay, step)), second[i] / (1 - Math.Pow(SecondDecay, step)));
            place[i] -= Rate * mean / (Math.Sqrt(square) + Epsilon);
        }
    }

    private double NextNoise(EvidenceModel model, Evidence at)
    {
        var noise = at.HyperParameters.Noise;
        if (!model.Fit.Likelihood.HasNoise)
        {
            return noise;
        }

        var target = Math.Clamp(model.Fit.NextNoise(noise, at.DrawnByNoise), Noise.Lowest, Noise.Highest);
        return Math.Exp(Math.Log(noise) + Damping * Math.Log(target / noise));
    }
}
