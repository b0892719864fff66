using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(object), typeof(CalibratedModelParameters), null, typeof(SignatureLoadModel), "", CalibratedModelParameters.LoaderSignature)]

namespace Microsoft.ML.Calibrators;

internal static class CalibratedModelParameters
{
    public const string LoaderSignature = "PMixCaliPredExec";
    public const string ModelDirectory = "Predictor";
    public const string CalibratorDirectory = "Calibrator";

    public static VersionInfo Version { get; } = PredictionTransformer.Version("PMIXCALI", LoaderSignature);

    public static object Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        ctx.LoadModel<object, SignatureLoadModel>(env, out var model, ModelDirectory);
        ctx.LoadModel<object, SignatureLoadModel>(env, out var calibrator, CalibratorDirectory);
        Contracts.CheckDecode(model is IScalarModel && calibrator is ICalibrator);
        return Activator.CreateInstance(typeof(CalibratedModelParameters<,>).MakeGenericType(model.GetType(), calibrator.GetType()), model, calibrator);
    }
}

/// <summary>The calibrated models that trainers make.</summary>
internal sealed class CalibratedModelParameters<TSubModel, TCalibrator>(TSubModel subModel, TCalibrator calibrator)
    : CalibratedModelParametersBase<TSubModel, TCalibrator>(subModel, calibrator), ICalibratedModel, IHaveFeatureWeights, ICanSaveModel
    where TSubModel : class, IScalarModel, IHaveFeatureWeights
    where TCalibrator : class, ICalibrator
{
    ICalibrator ICalibratedModel.Calibrator => Calibrator;

    IReadOnlyList<float> IHaveFeatureWeights.FeatureWeights => SubModel.FeatureWeights;

    float IScalarModel.Score(in VBuffer<float> features) => SubModel.Score(in features);

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(CalibratedModelParameters.Version);
        ctx.SaveModel(SubModel, CalibratedModelParameters.ModelDirectory);
        ctx.SaveModel(Calibrator, CalibratedModelParameters.CalibratorDirectory);
    }
}
