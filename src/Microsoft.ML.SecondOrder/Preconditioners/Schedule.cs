namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>A hyper-parameter that may change from step to step. A number converts to a constant schedule.</summary>
public abstract record Schedule
{
    private protected Schedule()
    {
    }

    /// <summary>The value at a step, counted from 0.</summary>
    public abstract double At(long step);

    /// <summary>The same value at every step.</summary>
    public static implicit operator Schedule(double value) => new ConstantSchedule(value);

    /// <summary>The same value at every step.</summary>
    public static Schedule Constant(double value) => new ConstantSchedule(value);

    /// <summary>value · min(1, (step + 1) / steps): grows evenly and then stays.</summary>
    /// <param name="value">The final value.</param>
    /// <param name="steps">How many steps it grows, at least 1.</param>
    public static Schedule LinearWarmup(double value, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        return new WarmupSchedule(value, steps);
    }

    private sealed record ConstantSchedule(double Value) : Schedule
    {
        public override double At(long step) => Value;
    }

    private sealed record WarmupSchedule(double Value, int Steps) : Schedule
    {
        public override double At(long step) => Value * Math.Min(1, (step + 1.0) / Steps);
    }
}
