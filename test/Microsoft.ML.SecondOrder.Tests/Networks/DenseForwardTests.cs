using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Tests.Networks;

/// <summary>The arithmetic of the managed forward pass, beside plain loops in double precision.</summary>
public sealed class DenseForwardTests
{
    private readonly Random _random = new(1);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 3)]
    [InlineData(12, 16)]
    [InlineData(7, 17)]
    [InlineData(33, 200)]
    public void A_layer_is_the_sum_of_its_terms(int inputs, int outputs)
    {
        var (w, b, x) = (Draw(inputs * outputs), Draw(outputs), Draw(9 * (inputs + 2)));
        var layer = new PackedLayer(w, b);
        var y = new float[9 * layer.Stride];

        layer.Apply(9, x, inputs + 2, y);

        for (var row = 0; row < 9; row++)
        {
            for (var o = 0; o < outputs; o++)
            {
                var sum = (double)b[o];
                for (var i = 0; i < inputs; i++)
                {
                    sum += (double)w[o * inputs + i] * x[row * (inputs + 2) + i];
                }

                Assert.Equal(sum, y[row * layer.Stride + o], 1e-5);
            }
        }
    }

    [Theory]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.Tanh)]
    [InlineData(Activation.Gelu)]
    public void A_row_has_the_same_bits_alone_and_among_others(Activation activation)
    {
        foreach (var widths in new int[][] { [], [1], [3, 2], [128, 128], [65, 7, 130] })
        {
            var network = Network.Mlp(widths) with { Activation = activation };
            var shape = new NetworkShape(11, 3);
            var forward = network.CreateForward(
                shape, [.. network.ParameterShapes(shape).Select(p => new NamedWeights(p.Name, [.. p.Shape], Draw((int)p.Shape.Aggregate(1L, (a, d) => a * d))))]);
            var inputs = Draw(70 * 11);
            inputs[40] = float.NaN;
            inputs[77] = 1e20f;
            var alone = new float[70 * 3];
            for (var row = 0; row < 70; row++)
            {
                forward.Run(inputs.AsSpan(row * 11, 11), alone.AsSpan(row * 3, 3));
            }

            foreach (var rows in new[] { 2, 3, 4, 5, 31, 33, 70 })
            {
                var together = new float[rows * 3];
                forward.Run(inputs.AsSpan(0, rows * 11), together);
                Assert.Equal(alone.Take(rows * 3).Select(BitConverter.SingleToUInt32Bits), together.Select(BitConverter.SingleToUInt32Bits));
            }
        }
    }

    [Fact]
    public void Silu_is_right_to_float_precision_from_one_end_to_the_other()
    {
        for (var x = -110f; x < 110; x += 0.0371f)
        {
            var values = Enumerable.Repeat(x, 16).ToArray();
            VectorFunctions.Silu(values);
            var expected = x / (1 + Math.Exp(-(double)x));
            Assert.Equal(expected, values[3], Math.Max(3e-7 * Math.Abs(expected), 2e-36));
        }

        float[] ends = [float.NaN, float.PositiveInfinity, float.MaxValue, 0, -0f, float.Epsilon, -1e30f, 88.8f, 0, 0, 0, 0, 0, 0, 0, 0];
        VectorFunctions.Silu(ends);
        Assert.True(float.IsNaN(ends[0]));
        Assert.Equal([float.PositiveInfinity, float.MaxValue, 0, 0], ends[1..5]);
        Assert.Equal(88.8f, ends[7]);
        Assert.InRange(ends[6], -1e-7f, 0);
    }

    private float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(2 * _random.NextDouble() - 1))];
}
