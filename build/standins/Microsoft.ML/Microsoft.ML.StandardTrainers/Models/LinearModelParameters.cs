using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>score = weights·x + bias</summary>
public abstract class LinearModelParameters : ModelParametersBase<float>, IScalarModel, IHaveFeatureWeights
{
    private readonly float[] _weights;

    private protected LinearModelParameters(IHostEnvironment env, string name, ReadOnlySpan<double> weights, double bias) : base(env, name)
    {
        _weights = new float[weights.Length];
        for (int i = 0; i < _weights.Length; i++)
            _weights[i] = (float)weights[i];
        Bias = (float)bias;
    }

    private protected LinearModelParameters(IHostEnvironment env, string name, ModelLoadContext ctx, VersionInfo version) : base(env, name)
    {
        ctx.CheckAtModel(version);
        Bias = ctx.Reader.ReadSingle();
        _weights = WeightCodec.Read(ctx.Reader);
    }

    public IReadOnlyList<float> Weights => _weights;

    public float Bias { get; }

    IReadOnlyList<float> IHaveFeatureWeights.FeatureWeights => _weights;

    private protected abstract VersionInfo Version { get; }

    float IScalarModel.Score(in VBuffer<float> features)
    {
        Contracts.Check(features.Length == _weights.Length, $"The model was trained on {_weights.Length} features, but got {features.Length}.");
        return Bias + WeightCodec.Dot(_weights, in features);
    }

    private protected override void SaveCore(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(Version);
        ctx.Writer.Write(Bias);
        WeightCodec.Write(ctx.Writer, _weights);
    }
}
