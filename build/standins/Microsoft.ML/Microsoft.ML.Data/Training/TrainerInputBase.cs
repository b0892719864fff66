using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers;

/// <summary>What the options of every trainer have in common.</summary>
public abstract class TrainerInputBase
{
    private protected TrainerInputBase()
    {
    }

    public string FeatureColumnName = DefaultColumnNames.Features;
}

public abstract class TrainerInputBaseWithLabel : TrainerInputBase
{
    private protected TrainerInputBaseWithLabel()
    {
    }

    public string LabelColumnName = DefaultColumnNames.Label;
}

public abstract class TrainerInputBaseWithWeight : TrainerInputBaseWithLabel
{
    private protected TrainerInputBaseWithWeight()
    {
    }

    /// <summary>The column of example weights; null for equal weights.</summary>
    public string ExampleWeightColumnName = null;
}
