using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(PlattCalibrator), null, typeof(SignatureLoadModel), "", PlattCalibrator.LoaderSignature)]

namespace Microsoft.ML.Calibrators;

/// <summary>p = 1 / (1 + exp(slope·score + offset))</summary>
public sealed class PlattCalibrator : ICalibrator, ICanSaveModel
{
    internal const string LoaderSignature = "PlattCaliExec";

    private static readonly VersionInfo s_version = PredictionTransformer.Version("PLATTCAL", LoaderSignature);

    internal PlattCalibrator(double slope, double offset)
    {
        Slope = slope;
        Offset = offset;
    }

    private PlattCalibrator(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(s_version);
        Slope = ctx.Reader.ReadDouble();
        Offset = ctx.Reader.ReadDouble();
        Contracts.CheckDecode(double.IsFinite(Slope) && double.IsFinite(Offset));
    }

    public double Slope { get; }

    public double Offset { get; }

    public float PredictProbability(float output) => float.IsNaN(output) ? output : PredictProbability(output, Slope, Offset);

    internal static float PredictProbability(float score, double slope, double offset)
        => (float)(1 / (1 + Math.Exp(slope * score + offset)));

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        Contracts.CheckValue(ctx, nameof(ctx));
        ctx.SetVersionInfo(s_version);
        ctx.Writer.Write(Slope);
        ctx.Writer.Write(Offset);
    }
}
