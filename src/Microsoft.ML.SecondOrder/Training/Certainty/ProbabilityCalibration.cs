namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What is done for class probabilities to come true as often as they say.</summary>
public enum ProbabilityCalibration
{
    /// <summary>
    /// The network's outputs f are divided by one number, its temperature T: softmax(f/T), or σ(f/T) for two classes (Guo et al., 2017, arXiv
    /// 1706.04599). T is what makes rows that the network did not learn from most likely. Which class is the most probable stays as it was.
    /// </summary>
    Temperature,

    /// <summary>Nothing.</summary>
    None,
}
