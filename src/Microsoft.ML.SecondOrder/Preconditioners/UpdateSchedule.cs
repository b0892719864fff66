namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>At which steps a method renews its state. A number T converts to every T-th step, the first included.</summary>
public abstract record UpdateSchedule
{
    private protected UpdateSchedule()
    {
    }

    /// <summary>Whether a step, counted from 0, is one of them.</summary>
    public abstract bool Includes(long step);

    /// <summary>How many steps may pass from one update to the next: what a product that is kept in between has to pay for.</summary>
    internal abstract long Interval { get; }

    /// <summary>Every T-th step, the first included.</summary>
    /// <param name="interval">T, at least 1.</param>
    public static implicit operator UpdateSchedule(int interval) => Every(interval);

    /// <summary>Every T-th step, the first included.</summary>
    /// <param name="interval">T, at least 1.</param>
    public static UpdateSchedule Every(int interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, 1);
        return new RegularSchedule(interval);
    }

    /// <summary>
    /// At first every step, then in intervals that grow with the logarithm of the step to the base of 4, up to T: after an update
    /// at step t the next is max(1, min(⌊log₄(t + 1)⌋, T)) later.
    /// </summary>
    /// <param name="interval">T, at least 1.</param>
    public static UpdateSchedule GrowingTo(int interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, 1);
        return new GrowingSchedule(interval);
    }

    /// <summary>The given steps, counted from 0, and no others.</summary>
    public static UpdateSchedule At(params IReadOnlyList<long> steps) => new ListedSchedule([.. steps]);

    private sealed record RegularSchedule(int T) : UpdateSchedule
    {
        internal override long Interval => T;

        public override bool Includes(long step) => step % T == 0;
    }

    private sealed record GrowingSchedule(int T) : UpdateSchedule
    {
        internal override long Interval => T;

        public override bool Includes(long step)
        {
            // The interval is j from the first update at or after 4ʲ − 1 on, until the first at or after 4ʲ⁺¹ − 1.
            var (update, power) = (0L, 4L);
            for (var interval = 1; ; interval++)
            {
                // While t + 1 < 4·power, ⌊log₄(t + 1)⌋ is at most the interval; the first stretch also takes t + 1 < 4.
                var last = interval == T ? long.MaxValue : (4 * power) - 1;
                if (step < last)
                {
                    return step >= update && (step - update) % interval == 0;
                }

                update += (last - update + interval - 1) / interval * interval;
                if (step < update)
                {
                    return false;
                }

                power *= 4;
            }
        }
    }

    private sealed record ListedSchedule(HashSet<long> Steps) : UpdateSchedule
    {
        internal override long Interval => 1;

        public override bool Includes(long step) => Steps.Contains(step);
    }
}
