using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(PlattCalibratorTransformer), null, typeof(SignatureLoadModel), "", PlattCalibratorTransformer.LoaderSignature)]

namespace Microsoft.ML.Calibrators;

public sealed class PlattCalibratorTransformer : CalibratorTransformer<PlattCalibrator>
{
    internal const string LoaderSignature = "PlattCalibratTransf";

    private static readonly VersionInfo s_version = PredictionTransformer.Version("CALTRANS", LoaderSignature);

    internal PlattCalibratorTransformer(IHostEnvironment env, PlattCalibrator calibrator, string scoreColumnName)
        : base(env, calibrator, scoreColumnName)
    {
    }

    private PlattCalibratorTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env, ctx, s_version)
    {
    }

    private protected override VersionInfo Version => s_version;
}
