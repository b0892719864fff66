using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

[assembly: LoadableClass(typeof(LinearRegressionModelParameters), null, typeof(SignatureLoadModel), "", LinearRegressionModelParameters.LoaderSignature)]

namespace Microsoft.ML.Trainers;

public abstract class RegressionModelParameters : LinearModelParameters
{
    private protected RegressionModelParameters(IHostEnvironment env, string name, ReadOnlySpan<double> weights, double bias) : base(env, name, weights, bias)
    {
    }

    private protected RegressionModelParameters(IHostEnvironment env, string name, ModelLoadContext ctx, VersionInfo version) : base(env, name, ctx, version)
    {
    }
}

public sealed class LinearRegressionModelParameters : RegressionModelParameters
{
    internal const string LoaderSignature = "LinearRegressionExec";

    private static readonly VersionInfo s_version = ModelVersion.Of("LINEAR R", LoaderSignature);

    internal LinearRegressionModelParameters(IHostEnvironment env, ReadOnlySpan<double> weights, double bias)
        : base(env, nameof(LinearRegressionModelParameters), weights, bias)
    {
    }

    private LinearRegressionModelParameters(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, nameof(LinearRegressionModelParameters), ctx, s_version)
    {
    }

    private protected override VersionInfo Version => s_version;
}
