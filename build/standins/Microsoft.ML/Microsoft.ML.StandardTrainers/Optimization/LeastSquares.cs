using MathNet.Numerics.LinearAlgebra;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>
/// f(θ) = (Σ weight·(w·x + b − y)²)/n + ½·l2·‖w‖², θ = (b, w), as a quadratic function of θ: the rows are read once.
/// With z = (1, x): f(θ) = θᵀAθ − 2cᵀθ + d + ½·l2·‖w‖², where A = Σ weight·zzᵀ/n, c = Σ weight·y·z/n, d = Σ weight·y²/n.
/// For accuracy, y is the label less a number near the mean; the bias b is lower by the same number.
/// </summary>
internal sealed class LeastSquares
{
    /// <summary>The matrix A has (1 + this many)² entries.</summary>
    public const int MaxFeatures = 2000;

    private readonly Matrix<double> _a;
    private readonly Vector<double> _c;
    private readonly double _d;
    private readonly double _l2;

    public LeastSquares(IHost host, TrainingRows rows, double l2, double mean)
    {
        int size = 1 + rows.FeatureCount;
        var a = new double[size, size];
        var c = new double[size];
        var z = new List<(int Index, double Value)>(size);
        for (int row = 0; row < rows.Count; row++)
        {
            if (row % 1000 == 0)
                host.CheckAlive();
            double weight = rows.Weights[row], label = rows.Labels[row] - mean;
            Expand(rows.Features[row], z);
            foreach (var (i, zi) in z)
            {
                c[i] += weight * label * zi;
                double scaled = weight * zi;
                foreach (var (j, zj) in z)
                {
                    if (j > i)
                        break;
                    a[i, j] += scaled * zj;
                }
            }

            _d += weight * label * label;
        }

        _a = Matrix<double>.Build.Dense(size, size, (i, j) => a[Math.Max(i, j), Math.Min(i, j)] / rows.Count);
        _c = Vector<double>.Build.Dense(c) / rows.Count;
        _d /= rows.Count;
        _l2 = l2;
    }

    public int ParameterCount => _c.Count;

    public double Evaluate(double[] parameters, double[] gradient)
    {
        var theta = Vector<double>.Build.Dense(parameters);         // shares the array
        var product = _a * theta;
        double value = theta * (product - 2 * _c) + _d;
        for (int i = 0; i < gradient.Length; i++)
        {
            double decay = i == 0 ? 0 : _l2 * parameters[i];
            gradient[i] = 2 * (product[i] - _c[i]) + decay;
            value += 0.5 * decay * parameters[i];
        }

        return value;
    }

    /// <summary>The minimum, (A + ½·l2·I')⁻¹c where I' leaves the bias out; zero where rounding makes that matrix indefinite.</summary>
    public double[] Minimum()
    {
        var matrix = _a.Clone();
        for (int i = 1; i < matrix.RowCount; i++)
            matrix[i, i] += 0.5 * _l2;
        try
        {
            return matrix.Cholesky().Solve(_c).ToArray();
        }
        catch (ArgumentException)
        {
            return new double[ParameterCount];
        }
    }

    /// <summary>z = (1, x) without zeros, in ascending order.</summary>
    private static void Expand(in VBuffer<float> features, List<(int Index, double Value)> z)
    {
        z.Clear();
        z.Add((0, 1));
        var values = features.GetValues();
        var indices = features.GetIndices();
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] != 0)
                z.Add((1 + (features.IsDense ? i : indices[i]), values[i]));
        }
    }
}
