using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>One linear function per class.</summary>
public abstract class LinearMulticlassModelParametersBase : ModelParametersBase<VBuffer<float>>, IVectorModel
{
    private readonly float[] _biases;
    private readonly float[][] _weights;

    /// <param name="parameters">The biases, then the weights of the first class, of the second, and so on.</param>
    private protected LinearMulticlassModelParametersBase(IHostEnvironment env, string name, ReadOnlySpan<double> parameters, int numClasses, int numFeatures)
        : base(env, name)
    {
        _biases = new float[numClasses];
        _weights = new float[numClasses][];
        for (int c = 0; c < numClasses; c++)
        {
            _biases[c] = (float)parameters[c];
            _weights[c] = new float[numFeatures];
            for (int i = 0; i < numFeatures; i++)
                _weights[c][i] = (float)parameters[numClasses + c * numFeatures + i];
        }
    }

    private protected LinearMulticlassModelParametersBase(IHostEnvironment env, string name, ModelLoadContext ctx, VersionInfo version) : base(env, name)
    {
        ctx.CheckAtModel(version);
        _biases = WeightCodec.Read(ctx.Reader);
        _weights = [.. _biases.Select(_ => WeightCodec.Read(ctx.Reader))];
    }

    int IVectorModel.ScoreCount => _biases.Length;

    private protected abstract VersionInfo Version { get; }

    /// <summary>Copies the weights out, one vector per class.</summary>
    public void GetWeights(ref VBuffer<float>[] weights, out int numClasses)
    {
        numClasses = _weights.Length;
        if (weights == null || weights.Length < numClasses)
            weights = new VBuffer<float>[numClasses];
        for (int c = 0; c < numClasses; c++)
            VBuffer<float>.Copy(_weights[c], 0, ref weights[c], _weights[c].Length);
    }

    public IEnumerable<float> GetBiases() => _biases.AsEnumerable();

    void IVectorModel.Score(in VBuffer<float> features, Span<float> scores)
    {
        Contracts.Check(features.Length == _weights[0].Length, $"The model was trained on {_weights[0].Length} features, but got {features.Length}.");
        for (int c = 0; c < _biases.Length; c++)
            scores[c] = _biases[c] + WeightCodec.Dot(_weights[c], in features);
        Calibrate(scores);
    }

    /// <summary>Makes the outputs of the linear functions into scores.</summary>
    private protected abstract void Calibrate(Span<float> scores);

    private protected override void SaveCore(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(Version);
        WeightCodec.Write(ctx.Writer, _biases);
        foreach (float[] weights in _weights)
            WeightCodec.Write(ctx.Writer, weights);
    }
}
