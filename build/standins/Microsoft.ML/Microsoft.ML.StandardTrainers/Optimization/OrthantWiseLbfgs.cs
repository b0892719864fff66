namespace Microsoft.ML.Trainers;

/// <summary>
/// Minimises f(θ) + l1·Σ|θᵢ| over the parameters that are not free, f being smooth
/// (Andrew and Gao, Scalable Training of L1-Regularized Log-Linear Models, ICML 2007). Without l1 it is L-BFGS.
/// </summary>
internal sealed class OrthantWiseLbfgs
{
    private const double SufficientDecrease = 1e-4;
    private const int MaxHalvings = 60;

    /// <summary>How much of the earlier improvements the mean remembers at each step.</summary>
    private const double Memory = 0.25;

    private readonly List<(double[] Step, double[] Change, double InverseProduct)> _history = [];

    /// <summary>The smooth function: returns the value and fills in the gradient.</summary>
    public required Func<double[], double[], double> Smooth { get; init; }

    /// <summary>How many parameters at the start carry no penalty and may have any sign.</summary>
    public required int FreeCount { get; init; }

    public double L1 { get; init; }

    public bool NonNegative { get; init; }

    public int HistorySize { get; init; } = 20;

    /// <summary>Stops when the mean of the latest improvements of the objective is not above this.</summary>
    public double Tolerance { get; init; } = 1e-7;

    public int MaxIterations { get; init; } = int.MaxValue;

    /// <summary>Moves the parameters to the minimum; they are changed in place.</summary>
    public void Minimize(double[] x)
    {
        int n = x.Length;
        var gradient = new double[n];
        double value = Smooth(x, gradient) + Penalty(x);
        double[] next = new double[n], nextGradient = new double[n];
        double improvement = double.NaN;
        for (int iteration = 0; iteration < MaxIterations; iteration++)
        {
            double[] steepest = Steepest(x, gradient);
            double[] direction = Direction(steepest);
            if (!Search(x, value, steepest, direction, next, nextGradient, out double nextValue))
            {
                // A stale history may point uphill: once more from the steepest descent, then it is the minimum.
                if (_history.Count == 0)
                    return;
                _history.Clear();
                continue;
            }

            Remember(x, gradient, next, nextGradient);
            double gain = value - nextValue;
            improvement = double.IsNaN(improvement) ? gain : Memory * improvement + (1 - Memory) * gain;
            next.CopyTo(x, 0);
            nextGradient.CopyTo(gradient, 0);
            value = nextValue;
            if (improvement <= Tolerance)
                return;
        }
    }

    private double Penalty(double[] x)
    {
        double sum = 0;
        for (int i = FreeCount; L1 > 0 && i < x.Length; i++)
            sum += Math.Abs(x[i]);
        return L1 * sum;
    }

    /// <summary>The direction of steepest descent of the whole objective, zero where every move is uphill or forbidden.</summary>
    private double[] Steepest(double[] x, double[] gradient)
    {
        var descent = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            double g = gradient[i];
            if (i < FreeCount)
                descent[i] = -g;
            else if (x[i] != 0)
                descent[i] = -(g + L1 * Math.Sign(x[i]));
            else if (g + L1 < 0)
                descent[i] = -(g + L1);
            else if (g - L1 > 0 && !NonNegative)
                descent[i] = -(g - L1);
        }

        return descent;
    }

    /// <summary>The quasi-Newton direction, with penalties or bounds without the components that go against the steepest descent.</summary>
    private double[] Direction(double[] steepest)
    {
        var direction = (double[])steepest.Clone();
        if (_history.Count == 0)
            return direction;

        var factors = new double[_history.Count];
        for (int k = _history.Count - 1; k >= 0; k--)
        {
            var (step, change, inverse) = _history[k];
            factors[k] = inverse * Dot(step, direction);
            AddScaled(direction, change, -factors[k]);
        }

        var last = _history[^1];
        double scale = 1 / (last.InverseProduct * Dot(last.Change, last.Change));
        for (int i = 0; i < direction.Length; i++)
            direction[i] *= scale;
        for (int k = 0; k < _history.Count; k++)
        {
            var (step, change, inverse) = _history[k];
            AddScaled(direction, step, factors[k] - inverse * Dot(change, direction));
        }

        for (int i = FreeCount; (L1 > 0 || NonNegative) && i < direction.Length; i++)
        {
            if (direction[i] * steepest[i] <= 0)
                direction[i] = 0;
        }

        return direction;
    }

    /// <summary>Halves the step until the objective falls enough; penalised parameters stop at zero.</summary>
    private bool Search(double[] x, double value, double[] steepest, double[] direction, double[] next, double[] nextGradient, out double nextValue)
    {
        nextValue = value;
        double slope = Dot(steepest, direction);
        if (!(slope > 0))
            return false;
        double length = _history.Count == 0 ? 1 / Math.Sqrt(Dot(direction, direction)) : 1;
        for (int halving = 0; halving < MaxHalvings; halving++, length /= 2)
        {
            double promised = 0;
            for (int i = 0; i < x.Length; i++)
            {
                next[i] = x[i] + length * direction[i];
                if (i >= FreeCount && (L1 > 0 && next[i] * Orthant(x[i], steepest[i]) < 0 || NonNegative && next[i] < 0))
                    next[i] = 0;
                promised += steepest[i] * (next[i] - x[i]);
            }

            nextValue = Smooth(next, nextGradient) + Penalty(next);
            if (nextValue <= value - SufficientDecrease * promised && nextValue < value)
                return true;
        }

        return false;
    }

    private static int Orthant(double x, double steepest) => x != 0 ? Math.Sign(x) : Math.Sign(steepest);

    private void Remember(double[] x, double[] gradient, double[] next, double[] nextGradient)
    {
        double[] step = Difference(next, x), change = Difference(nextGradient, gradient);
        double product = Dot(step, change);
        if (product <= 1e-12 * Dot(change, change))
            return;
        _history.Add((step, change, 1 / product));
        if (_history.Count > HistorySize)
            _history.RemoveAt(0);
    }

    private static double[] Difference(double[] a, double[] b)
    {
        var difference = new double[a.Length];
        for (int i = 0; i < a.Length; i++)
            difference[i] = a[i] - b[i];
        return difference;
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    private static void AddScaled(double[] destination, double[] vector, double scale)
    {
        for (int i = 0; i < destination.Length; i++)
            destination[i] += scale * vector[i];
    }
}
