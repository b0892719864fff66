namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Rows in memory, already scaled.</summary>
internal sealed class MemoryRows(TrainingRows rows, long seed) : RowSource
{
    private readonly int[] _order = new int[rows.Count];
    private int _next;

    public override int Count => rows.Count;

    public override int Inputs => rows.Features.Width;

    public override int Targets => rows.Targets;

    public override bool HasWeights => rows.Weights.Length > 0;

    /// <summary>Draws an order of the rows (Fisher and Yates).</summary>
    public override void Begin(int epoch)
    {
        var random = Seeds.Random(seed, epoch);
        _next = 0;
        for (var i = 0; i < _order.Length; i++)
        {
            _order[i] = i;
        }

        for (var i = _order.Length - 1; i > 0; i--)
        {
            var j = random.Next(i + 1);
            (_order[i], _order[j]) = (_order[j], _order[i]);
        }
    }

    public override float Next(Span<float> inputs, Span<float> targets)
    {
        var row = _order[_next++];
        rows.Features[row].CopyTo(inputs);
        rows.Label(row).CopyTo(targets);
        return HasWeights ? rows.Weights[row] : 1;
    }

    public override void Skip(int rows) => _next += rows;

    public override void Dispose()
    {
    }
}
