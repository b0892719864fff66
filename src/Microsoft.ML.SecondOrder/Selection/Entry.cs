using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Selection;

/// <summary>What is known of a contender so far.</summary>
internal sealed class Entry(Contender contender)
{
    public string Name => contender.Name;

    public Contender Contender => contender;

    /// <summary>Trained on all rows; null before.</summary>
    public ITransformer? Model { get; private set; }

    public TimeSpan Time { get; set; }

    /// <summary>Null while it is compared.</summary>
    public CandidateStatus? Ended { get; private set; }

    public string Remark { get; set; } = "";

    public double? TrainingError { get; set; }

    public FitExamination? Examination { get; set; }

    public ErrorEstimate? LeaveOneOut { get; set; }

    /// <summary>Losses of the rows of each fold that was trained, in order.</summary>
    public List<LossRows> Folds { get; } = [];

    /// <summary>Epochs of the training on all rows: its share that was done, and the training loss then.</summary>
    public List<(double Progress, double Loss)> Curve { get; } = [];

    /// <summary>The network at the end of the model; null before, and for models of others.</summary>
    public FittedNetwork? Network => Steps(Model).OfType<NeuralNetworkPredictionTransformer>().LastOrDefault()?.Model;

    public void Keep(ITransformer model) => Model = model;

    /// <summary>Takes it out of the comparison.</summary>
    public void End(CandidateStatus status, string remark) => (Ended, Remark) = (status, remark);

    /// <summary>The rows of a view as the network at the end of the model reads them.</summary>
    public IDataView Prepared(IDataView data)
    {
        var steps = Steps(Model).ToList();
        return steps.Take(steps.FindLastIndex(s => s is NeuralNetworkPredictionTransformer)).Aggregate(data, (view, step) => step.Transform(view));
    }

    public LossRows FirstFolds(int count)
    {
        var all = new LossRows();
        foreach (var fold in Folds.Take(count))
        {
            all.AddRange(fold);
        }

        return all;
    }

    private static IEnumerable<ITransformer> Steps(ITransformer? model) => model switch
    {
        null => [],
        IEnumerable<ITransformer> chain => chain.SelectMany(Steps),
        _ => [model],
    };
}
