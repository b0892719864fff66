using Microsoft.ML.Calibrators;

namespace Microsoft.ML.Data;

/// <summary>A model that makes one number of a feature vector.</summary>
internal interface IScalarModel
{
    float Score(in VBuffer<float> features);
}

/// <summary>A model that also has a probability for each score.</summary>
internal interface ICalibratedModel : IScalarModel
{
    ICalibrator Calibrator { get; }
}

/// <summary>A model that makes one number per class of a feature vector.</summary>
internal interface IVectorModel
{
    int ScoreCount { get; }

    void Score(in VBuffer<float> features, Span<float> scores);
}

/// <summary>A model with one weight per feature.</summary>
internal interface IHaveFeatureWeights
{
    IReadOnlyList<float> FeatureWeights { get; }
}
