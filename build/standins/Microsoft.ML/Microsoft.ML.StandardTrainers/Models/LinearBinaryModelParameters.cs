using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

[assembly: LoadableClass(typeof(LinearBinaryModelParameters), null, typeof(SignatureLoadModel), "", LinearBinaryModelParameters.LoaderSignature)]

namespace Microsoft.ML.Trainers;

/// <summary>A linear model whose score is above 0 for true.</summary>
public sealed class LinearBinaryModelParameters : LinearModelParameters
{
    internal const string LoaderSignature = "Linear2CExec";

    private static readonly VersionInfo s_version = ModelVersion.Of("LINEAR2C", LoaderSignature);

    internal LinearBinaryModelParameters(IHostEnvironment env, ReadOnlySpan<double> weights, double bias)
        : base(env, nameof(LinearBinaryModelParameters), weights, bias)
    {
    }

    private LinearBinaryModelParameters(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, nameof(LinearBinaryModelParameters), ctx, s_version)
    {
    }

    private protected override VersionInfo Version => s_version;
}
