using System.Collections.Immutable;
using Microsoft.ML.SearchSpace.Option;

namespace Microsoft.ML.AutoML;

/// <summary>Estimators one after the other, each with alternatives. The parameter _SCHEMA_ names those that are taken: e0 * e2.</summary>
public class SweepablePipeline : ISweepable<EstimatorChain<ITransformer>>
{
    private const string Schema = "_SCHEMA_";
    private const string Then = " * ";

    private readonly ImmutableArray<ImmutableArray<string>> _steps;

    internal SweepablePipeline()
        : this([], [])
    {
    }

    private SweepablePipeline(Dictionary<string, SweepableEstimator> estimators, ImmutableArray<ImmutableArray<string>> steps) =>
        (Estimators, _steps) = (estimators, steps);

    public Dictionary<string, SweepableEstimator> Estimators { get; }

    public SearchSpace.SearchSpace SearchSpace
    {
        get
        {
            var space = new SearchSpace.SearchSpace();
            foreach (var (key, estimator) in Estimators)
            {
                space.Add(key, estimator.SearchSpace);
            }

            space.Add(Schema, new ChoiceOption([.. Ways()]));
            return space;
        }
    }

    public EstimatorChain<ITransformer> BuildFromOption(MLContext context, Parameter parameter) =>
        parameter[Schema].AsType<string>().Split(Then).Aggregate(
            new EstimatorChain<ITransformer>(), (chain, key) => chain.Append(Estimators[key].BuildFromOption(context, parameter[key])));

    /// <summary>One step more: one of <paramref name="sweepables"/>. Of a pipeline all steps are taken; it has no alternatives.</summary>
    public SweepablePipeline Append(params ISweepable<IEstimator<ITransformer>>[] sweepables)
    {
        if (sweepables is [SweepablePipeline other])
        {
            return other._steps.Aggregate(this, (pipeline, step) => pipeline.Append([.. step.Select(key => other.Estimators[key])]));
        }

        if (sweepables is [])
        {
            throw new NullReferenceException("As in the real package.");
        }

        var estimators = new Dictionary<string, SweepableEstimator>(Estimators);
        var step = ImmutableArray.CreateBuilder<string>();
        foreach (var sweepable in sweepables)
        {
            var key = $"e{estimators.Count}";
            estimators[key] = sweepable as SweepableEstimator ?? throw new NotSupportedException("The stand-in takes no pipeline as an alternative.");
            step.Add(key);
        }

        return new SweepablePipeline(estimators, _steps.Add(step.ToImmutable()));
    }

    private IEnumerable<string> Ways() => _steps.Aggregate(
        (IEnumerable<string>)[""], (ways, step) => ways.SelectMany(w => step.Select(key => w.Length == 0 ? key : w + Then + key)));
}
