namespace Microsoft.ML.AutoML;

/// <summary>Uniform draws.</summary>
internal class RandomSearchTuner(SearchSpace.SearchSpace space, int? seed) : ITuner
{
    private readonly Random _random = seed is { } number ? new Random(number) : new Random();

    public virtual Parameter Propose(TrialSettings settings) =>
        space.SampleFromFeatureSpace([.. Enumerable.Range(0, space.FeatureSpaceDim).Select(_ => _random.NextDouble())]);

    public void Update(TrialResult result)
    {
    }
}

/// <summary>The default first, as the real experiment's tuner does, then uniform draws.</summary>
internal sealed class DefaultFirstTuner(SearchSpace.SearchSpace space, int? seed) : RandomSearchTuner(space, seed)
{
    private readonly SearchSpace.SearchSpace _space = space;
    private bool _begun;

    public override Parameter Propose(TrialSettings settings)
    {
        if (_begun)
        {
            return base.Propose(settings);
        }

        _begun = true;
        return _space.SampleFromFeatureSpace(_space.Default);
    }
}
