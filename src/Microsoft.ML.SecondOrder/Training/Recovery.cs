namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What a training changed in its settings because steps had to be undone.</summary>
/// <param name="Damping">Factor of the damping, at least 1.</param>
/// <param name="Rate">Factor of the learning rate, at most 1.</param>
/// <param name="Failures">Steps undone without a calm stretch between them.</param>
/// <param name="Calm">Good steps since the last one was undone.</param>
/// <param name="Undone">Steps undone in all.</param>
internal sealed record Recovery(double Damping = 1, double Rate = 1, int Failures = 0, int Calm = 0, int Undone = 0)
{
    /// <summary>So many failures end the training.</summary>
    public const int MostFailures = 8;

    private const double DampingRise = 10;
    private const double RateFall = 0.5;

    /// <summary>How much of a change is left after each good step: half of it after 34.</summary>
    private const double Memory = 0.98;

    private const int CalmStretch = 50;

    /// <summary>After a step that was undone.</summary>
    public Recovery AfterFailure() => new(Damping * DampingRise, Rate * RateFall, Failures + 1, 0, Undone + 1);

    /// <summary>After a good step.</summary>
    public Recovery AfterSuccess() => Undone == 0 ? this : this with
    {
        Damping = Math.Exp(Math.Log(Damping) * Memory),
        Rate = Math.Exp(Math.Log(Rate) * Memory),
        Failures = Calm + 1 >= CalmStretch ? 0 : Failures,
        Calm = Calm + 1,
    };
}
