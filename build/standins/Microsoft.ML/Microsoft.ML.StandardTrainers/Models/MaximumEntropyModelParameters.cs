using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

[assembly: LoadableClass(typeof(MaximumEntropyModelParameters), null, typeof(SignatureLoadModel), "", MaximumEntropyModelParameters.LoaderSignature)]

namespace Microsoft.ML.Trainers;

/// <summary>A multiclass model whose scores are probabilities: the softmax of its linear functions.</summary>
public sealed class MaximumEntropyModelParameters : LinearMulticlassModelParametersBase
{
    internal const string LoaderSignature = "MultiClassLRExec";

    private static readonly VersionInfo s_version = ModelVersion.Of("MULTI LR", LoaderSignature);

    internal MaximumEntropyModelParameters(IHostEnvironment env, ReadOnlySpan<double> parameters, int numClasses, int numFeatures)
        : base(env, nameof(MaximumEntropyModelParameters), parameters, numClasses, numFeatures)
    {
    }

    private MaximumEntropyModelParameters(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, nameof(MaximumEntropyModelParameters), ctx, s_version)
    {
    }

    private protected override VersionInfo Version => s_version;

    private protected override void Calibrate(Span<float> scores)
    {
        float highest = float.NegativeInfinity, sum = 0;
        foreach (float score in scores)
            highest = Math.Max(highest, score);
        for (int c = 0; c < scores.Length; c++)
            sum += scores[c] = MathF.Exp(scores[c] - highest);
        for (int c = 0; c < scores.Length; c++)
            scores[c] /= sum;
    }
}
