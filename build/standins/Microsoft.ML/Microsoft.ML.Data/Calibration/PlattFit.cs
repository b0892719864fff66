namespace Microsoft.ML.Calibrators;

/// <summary>
/// Fits slope and offset of a sigmoid to labelled scores: minimal cross-entropy to smoothed targets, by Newton steps with
/// Levenberg-Marquardt damping (Platt, Probabilistic Outputs for Support Vector Machines, 1999, section 2.2 and appendix).
/// </summary>
internal sealed class PlattFit
{
    private const int MaxIterations = 100;
    private const double GradientTolerance = 1e-9;
    private const double LargestDamping = 1e6;

    private readonly (float Score, bool Positive, float Weight)[] _rows;
    private readonly double _highTarget;
    private readonly double _lowTarget;

    /// <summary>The current probability of each row, in single precision as a calibrator gives it.</summary>
    private readonly float[] _probabilities;

    private PlattFit(IReadOnlyList<(float Score, bool Positive, float Weight)> rows)
    {
        double positives = rows.Where(row => row.Positive).Sum(row => (double)row.Weight);
        double negatives = rows.Where(row => !row.Positive).Sum(row => (double)row.Weight);
        _highTarget = (positives + 1) / (positives + 2);
        _lowTarget = 1 / (negatives + 2);
        _rows = [.. rows];
        _probabilities = new float[rows.Count];
        Array.Fill(_probabilities, (float)((positives + 1) / (negatives + positives + 2)));
        Offset = Math.Log((negatives + 1) / (positives + 1));
    }

    private double Slope { get; set; }

    private double Offset { get; set; }

    public static PlattCalibrator Fit(IReadOnlyList<(float Score, bool Positive, float Weight)> rows)
    {
        var fit = new PlattFit(rows);
        fit.Minimize();
        return new PlattCalibrator(fit.Slope, fit.Offset);
    }

    private void Minimize()
    {
        double damping = 1e-3, error = double.MaxValue / 2;
        int settled = 0;
        for (int iteration = 0; iteration < MaxIterations && settled < 3; iteration++)
        {
            var (gradient, hessian) = Derivatives();
            if (Math.Abs(gradient.Slope) < GradientTolerance && Math.Abs(gradient.Offset) < GradientTolerance)
                return;

            double next = Step(gradient, hessian, error, ref damping);
            double change = next - error, scale = 0.5 * (next + error + 1);
            settled = change > -1e-3 * scale && change < 1e-7 * scale ? settled + 1 : 0;
            error = next;
        }
    }

    /// <summary>Takes the first damped Newton step that does not raise the cross-entropy, which it returns.</summary>
    private double Step((double Slope, double Offset) gradient, (double Slope, double Cross, double Offset) hessian, double error, ref double damping)
    {
        double slope = Slope, offset = Offset;
        while (true)
        {
            double determinant = (hessian.Slope + damping) * (hessian.Offset + damping) - hessian.Cross * hessian.Cross;
            if (determinant == 0)
            {
                damping *= 10;
                continue;
            }

            Slope = slope + ((hessian.Offset + damping) * gradient.Slope - hessian.Cross * gradient.Offset) / determinant;
            Offset = offset + ((hessian.Slope + damping) * gradient.Offset - hessian.Cross * gradient.Slope) / determinant;
            double next = CrossEntropy();
            if (next < error * (1 + 1e-7))
            {
                damping *= 0.1;
                return next;
            }

            damping *= 10;
            if (damping >= LargestDamping)
                return next;
        }
    }

    /// <summary>
    /// Of the cross-entropy with respect to −slope and −offset: p falls as they grow. The gradient's sign is that of the step to take.
    /// </summary>
    private ((double Slope, double Offset) Gradient, (double Slope, double Cross, double Offset) Hessian) Derivatives()
    {
        double slope = 0, offset = 0, slopeSlope = 0, slopeOffset = 0, offsetOffset = 0;
        for (int i = 0; i < _rows.Length; i++)
        {
            var (score, _, weight) = _rows[i];
            float p = _probabilities[i];
            double curvature = p * (1 - p) * weight;
            double difference = (p - Target(i)) * weight;
            slope += score * difference;
            offset += difference;
            slopeSlope += score * score * curvature;
            slopeOffset += score * curvature;
            offsetOffset += curvature;
        }

        return ((slope, offset), (slopeSlope, slopeOffset, offsetOffset));
    }

    /// <summary>Sets the probabilities to those of the current slope and offset.</summary>
    private double CrossEntropy()
    {
        double sum = 0;
        for (int i = 0; i < _rows.Length; i++)
        {
            var (score, _, weight) = _rows[i];
            float p = _probabilities[i] = PlattCalibrator.PredictProbability(score, Slope, Offset);
            double target = Target(i);
            sum -= (target * LogOrFloor(p) + (1 - target) * LogOrFloor(1 - p)) * weight;
        }

        return sum;
    }

    private double Target(int i) => _rows[i].Positive ? _highTarget : _lowTarget;

    private static double LogOrFloor(float p) => p > 0 ? Math.Log(p) : -200;
}
