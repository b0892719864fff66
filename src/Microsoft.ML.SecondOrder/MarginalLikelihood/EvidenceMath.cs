namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>The terms of the evidence that belong to one Kronecker block. Elementwise, in double.</summary>
internal static class EvidenceMath
{
    /// <summary>With fewer effective parameters the data says nothing about a group; its precision still moves on.</summary>
    public const double Undetermined = 1e-6;

    /// <summary>
    /// log det(h G ⊗ A + I ⊗ D) − log det(I ⊗ D) = Σᵢⱼ log(1 + h gᵢ sⱼ), with s the eigenvalues of D^−½ A D^−½, and for each j
    /// the sum over i of h gᵢ sⱼ / (1 + h gᵢ sⱼ): the effective parameters along that eigenvector.
    /// </summary>
    /// <param name="outputs">g, the eigenvalues of G: [O].</param>
    /// <param name="inputs">s: [I].</param>
    /// <param name="precision">h.</param>
    /// <param name="effective">Receives the sums: [I].</param>
    public static double LogDeterminant(ReadOnlySpan<double> outputs, ReadOnlySpan<double> inputs, double precision, Span<double> effective)
    {
        var logDeterminant = 0.0;
        for (var j = 0; j < inputs.Length; j++)
        {
            var sum = 0.0;
            var scale = precision * inputs[j];
            for (var i = 0; i < outputs.Length; i++)
            {
                var ratio = scale * outputs[i];
                logDeterminant += Math.Log(1 + ratio);
                sum += ratio / (1 + ratio);
            }

            effective[j] = sum;
        }

        return logDeterminant;
    }

    /// <summary>γⱼ = Σₖ Uⱼₖ² cₖ: what belongs to eigenvectors, shared out over columns.</summary>
    /// <param name="vectors">U, row by row: [I, I].</param>
    /// <param name="values">c: [I].</param>
    /// <param name="columns">Receives γ: [I].</param>
    public static void ShareOut(ReadOnlySpan<double> vectors, ReadOnlySpan<double> values, Span<double> columns)
    {
        var size = values.Length;
        for (var j = 0; j < size; j++)
        {
            var row = vectors.Slice(j * size, size);
            var sum = 0.0;
            for (var k = 0; k < size; k++)
            {
                sum += row[k] * row[k] * values[k];
            }

            columns[j] = sum;
        }
    }

    /// <summary>½ log(γ / δ|θ|²), damped and bounded: a step of MacKay's fixed point δ ← γ/|θ|² in log δ.</summary>
    /// <param name="effective">γ.</param>
    /// <param name="scatter">δ|θ|².</param>
    /// <param name="damping">Share of the way that is gone: 1 for all of it.</param>
    /// <param name="bound">Largest change of log δ.</param>
    public static double FixedPointStep(double effective, double scatter, double damping, double bound)
    {
        return Math.Clamp(damping * Math.Log(Math.Max(effective, Undetermined) / Math.Max(scatter, 1e-300)), -bound, bound);
    }
}
