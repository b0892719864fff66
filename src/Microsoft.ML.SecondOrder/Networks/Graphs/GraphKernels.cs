using System.Buffers;
using System.Collections.Immutable;
using System.Numerics.Tensors;
using Microsoft.ML.SecondOrder.Likelihoods;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>Computes one operation for one row.</summary>
/// <param name="operands">What the operands hold.</param>
/// <param name="result">Overwritten.</param>
internal delegate void GraphKernel(ReadOnlyMemory<float>[] operands, Span<float> result);

/// <summary>The operations of a graph in managed code, one row at a time.</summary>
internal static class GraphKernels
{
    /// <summary>The kernel of a node.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="node">The index of the node.</param>
    /// <param name="values">The numbers of a parameter, by its full name.</param>
    public static GraphKernel Of(NetworkGraph graph, int node, Func<string, float[]> values)
    {
        var (name, operation, _, shape) = graph.Nodes[node];
        var operands = graph.OperandShapes(node);
        var input = operands[0];
        return operation switch
        {
            Dense => DenseRows(new PackedLayer(values(name + ".weight"), values(name + ".bias"))),
            Convolution c => Patches(c, input, shape, new PackedLayer(values(name + ".weight"), c.HasBias ? values(name + ".bias") : new float[c.Channels])),
            LayerNormalize => Layers(input[^1], values(name + ".weight"), values(name + ".bias")),
            GroupNormalize g => Groups(g, input, values(name + ".weight"), values(name + ".bias")),
            Lookup l => Rows(l, values(name + ".weight")),
            Activate a => Function(a.Function),
            TimesParameter p => Elementwise(input, p.Shape.Items, shape, values(name), (a, b) => a * b),
            PlusParameter p => Elementwise(input, p.Shape.Items, shape, values(name), (a, b) => a + b),
            PrependParameter => Prepend(values(name)),
            Add => Sum(input, operands[1], shape),
            MatrixProduct p => Products(p, input, operands[1]),
            Softmax => (x, y) => SoftmaxRows(x[0].Span, y, input[^1]),
            Reshape => (x, y) => x[0].Span.CopyTo(y),
            Permute p => Permuted(p.Axes.Items, input),
            Slice s => Part(s, input),
            Concatenate => Join,
            MeanOfFirst => (x, y) => Mean(x[0].Span, y),
            MaximumPool p => (x, y) => Maxima(p, input, shape, x[0].Span, y),
            PaddingMask => (x, y) => Mask(x[0].Span, y),
            PlusConstants c => (x, y) => Shifted(c, x[0].Span, y),
            NormalizeAdjacency => (x, y) => Adjacency(x[0].Span, y, input[0]),
            _ => throw new NotSupportedException($"{operation.GetType().Name} has no managed kernel."),
        };
    }

    private static GraphKernel Function(Activation function) => (operands, y) =>
    {
        operands[0].Span.CopyTo(y);
        VectorFunctions.Apply(function, y);
    };

    private static GraphKernel DenseRows(PackedLayer layer) => (operands, y) =>
    {
        var x = operands[0].Span;
        var rows = x.Length / layer.Inputs;
        var rented = ArrayPool<float>.Shared.Rent(rows * layer.Stride);
        layer.Apply(rows, x, layer.Inputs, rented);
        for (var r = 0; r < rows; r++)
        {
            rented.AsSpan(r * layer.Stride, layer.Outputs).CopyTo(y[(r * layer.Outputs)..]);
        }

        ArrayPool<float>.Shared.Return(rented);
    };

    /// <summary>A convolution as a dense layer over the patches of an image.</summary>
    private static GraphKernel Patches(Convolution c, ImmutableArray<int> input, ImmutableArray<int> output, PackedLayer layer)
    {
        var positions = output[1] * output[2];
        return (operands, y) =>
        {
            var patches = ArrayPool<float>.Shared.Rent(positions * layer.Inputs);
            var rows = ArrayPool<float>.Shared.Rent(positions * layer.Stride);
            for (var p = 0; p < positions; p++)
            {
                Patch(c, input, p / output[2] * c.Stride - c.Padding, p % output[2] * c.Stride - c.Padding, operands[0].Span, patches.AsSpan(p * layer.Inputs));
            }

            layer.Apply(positions, patches, layer.Inputs, rows);
            for (var o = 0; o < output[0]; o++)
            {
                for (var p = 0; p < positions; p++)
                {
                    y[o * positions + p] = rows[p * layer.Stride + o];
                }
            }

            ArrayPool<float>.Shared.Return(patches);
            ArrayPool<float>.Shared.Return(rows);
        };
    }

    /// <summary>Copies the pixels under a kernel, 0 outside the image: [C · K²].</summary>
    private static void Patch(Convolution c, ImmutableArray<int> input, int top, int left, ReadOnlySpan<float> image, Span<float> patch)
    {
        var at = 0;
        for (var channel = 0; channel < input[0]; channel++)
        {
            for (var row = top; row < top + c.Kernel; row++)
            {
                for (var column = left; column < left + c.Kernel; column++)
                {
                    var isInside = row >= 0 && row < input[1] && column >= 0 && column < input[2];
                    patch[at++] = isInside ? image[(channel * input[1] + row) * input[2] + column] : 0;
                }
            }
        }
    }

    /// <summary>(x − mean) / √(variance + ε) over ranges of <paramref name="size"/> numbers, then scale and shift.</summary>
    /// <param name="x">The numbers.</param>
    /// <param name="y">Overwritten.</param>
    /// <param name="size">Numbers of a range.</param>
    /// <param name="repeats">Neighbours that share a scale and a shift.</param>
    /// <param name="scale">By position in the range.</param>
    /// <param name="shift">By position in the range.</param>
    private static void Normalize(ReadOnlySpan<float> x, Span<float> y, int size, int repeats, ReadOnlySpan<float> scale, ReadOnlySpan<float> shift)
    {
        for (var start = 0; start < x.Length; start += size)
        {
            var range = x.Slice(start, size);
            double sum = 0, squares = 0;
            foreach (var value in range)
            {
                sum += value;
            }

            var mean = sum / size;
            foreach (var value in range)
            {
                squares += (value - mean) * (value - mean);
            }

            var inverse = 1 / Math.Sqrt(squares / size + LayerNormalize.Epsilon);
            for (var i = 0; i < size; i++)
            {
                y[start + i] = (float)((range[i] - mean) * inverse) * scale[i / repeats] + shift[i / repeats];
            }
        }
    }

    private static GraphKernel Layers(int size, float[] scale, float[] shift) =>
        (operands, y) => Normalize(operands[0].Span, y, size, 1, scale, shift);

    private static GraphKernel Groups(GroupNormalize g, ImmutableArray<int> input, float[] scale, float[] shift)
    {
        var (channels, pixels) = (input[0] / g.Groups, input[1] * input[2]);
        var size = channels * pixels;
        return (operands, y) =>
        {
            for (var i = 0; i < g.Groups; i++)
            {
                Normalize(
                    operands[0].Span.Slice(i * size, size), y.Slice(i * size, size), size, pixels,
                    scale.AsSpan(i * channels, channels), shift.AsSpan(i * channels, channels));
            }
        };
    }

    private static GraphKernel Rows(Lookup lookup, float[] table) => (operands, y) =>
    {
        var ids = operands[0].Span;
        for (var i = 0; i < ids.Length; i++)
        {
            if (!(ids[i] >= 0 && ids[i] < lookup.Vocabulary))
            {
                throw new ArgumentException(FormattableString.Invariant(
                    $"Keys and tokens must be whole numbers from 0, for none, to {lookup.Vocabulary - 1}, but number {i} of a row is {ids[i]}."));
            }

            table.AsSpan((int)ids[i] * lookup.Width, lookup.Width).CopyTo(y[(i * lookup.Width)..]);
        }
    };

    private static GraphKernel Elementwise(
        ImmutableArray<int> input, ImmutableArray<int> parameter, ImmutableArray<int> output, float[] values, Func<float, float, float> function)
    {
        var (from, at) = (Sources(input, output), Sources(parameter, output));
        return (operands, y) =>
        {
            var x = operands[0].Span;
            for (var i = 0; i < from.Length; i++)
            {
                y[i] = function(x[from[i]], values[at[i]]);
            }
        };
    }

    private static GraphKernel Sum(ImmutableArray<int> first, ImmutableArray<int> second, ImmutableArray<int> output)
    {
        if (first.AsSpan().SequenceEqual(second.AsSpan()))
        {
            return (operands, y) => TensorPrimitives.Add(operands[0].Span, operands[1].Span, y);
        }

        var (a, b) = (Sources(first, output), Sources(second, output));
        return (operands, y) =>
        {
            var x = operands[0].Span;
            var z = operands[1].Span;
            for (var i = 0; i < a.Length; i++)
            {
                y[i] = x[a[i]] + z[b[i]];
            }
        };
    }

    /// <summary>For each number of a broadcast result, the number of the operand that it comes from.</summary>
    private static int[] Sources(ImmutableArray<int> operand, ImmutableArray<int> output)
    {
        var sources = new int[output.Aggregate(1, (product, d) => product * d)];
        for (var i = 0; i < sources.Length; i++)
        {
            var (rest, stride) = (i, 1);
            for (var axis = 1; axis <= operand.Length; axis++)
            {
                sources[i] += operand[^axis] == 1 ? 0 : rest % output[^axis] * stride;
                rest /= output[^axis];
                stride *= operand[^axis];
            }
        }

        return sources;
    }

    private static GraphKernel Prepend(float[] row) => (operands, y) =>
    {
        row.CopyTo(y);
        operands[0].Span.CopyTo(y[row.Length..]);
    };

    private static GraphKernel Products(MatrixProduct product, ImmutableArray<int> first, ImmutableArray<int> second)
    {
        var (rows, inner, columns) = (first[^2], first[^1], product.TransposesSecond ? second[^2] : second[^1]);
        return (operands, y) =>
        {
            var x = operands[0].Span;
            var z = operands[1].Span;
            var rented = ArrayPool<float>.Shared.Rent(inner * columns);
            for (var m = 0; m < x.Length / (rows * inner); m++)
            {
                var turned = rented.AsSpan(0, inner * columns); // [columns, inner]
                var matrix = z.Slice(m * inner * columns, inner * columns);
                for (var i = 0; i < turned.Length; i++)
                {
                    turned[i] = product.TransposesSecond ? matrix[i] : matrix[i % inner * columns + i / inner];
                }

                for (var r = 0; r < rows; r++)
                {
                    for (var c = 0; c < columns; c++)
                    {
                        var dot = TensorPrimitives.Dot(x.Slice((m * rows + r) * inner, inner), turned.Slice(c * inner, inner));
                        y[(m * rows + r) * columns + c] = dot * (float)product.Factor;
                    }
                }
            }

            ArrayPool<float>.Shared.Return(rented);
        };
    }

    private static void SoftmaxRows(ReadOnlySpan<float> x, Span<float> y, int size)
    {
        for (var start = 0; start < x.Length; start += size)
        {
            var from = x.Slice(start, size);
            var to = y.Slice(start, size);
            TensorPrimitives.Subtract(from, TensorPrimitives.Max(from), to);
            TensorPrimitives.Exp(to, to);
            TensorPrimitives.Divide(to, TensorPrimitives.Sum<float>(to), to);
        }
    }

    private static GraphKernel Permuted(ImmutableArray<int> axes, ImmutableArray<int> input)
    {
        var strides = new int[input.Length];
        for (var (axis, stride) = (input.Length - 1, 1); axis >= 0; stride *= input[axis--])
        {
            strides[axis] = stride;
        }

        var sources = new int[input.Aggregate(1, (product, d) => product * d)];
        for (var i = 0; i < sources.Length; i++)
        {
            var rest = i;
            for (var axis = axes.Length - 1; axis >= 0; axis--)
            {
                sources[i] += rest % input[axes[axis]] * strides[axes[axis]];
                rest /= input[axes[axis]];
            }
        }

        return (operands, y) =>
        {
            var x = operands[0].Span;
            for (var i = 0; i < sources.Length; i++)
            {
                y[i] = x[sources[i]];
            }
        };
    }

    private static GraphKernel Part(Slice slice, ImmutableArray<int> input)
    {
        var size = input.Skip(1).Aggregate(1, (product, d) => product * d);
        return (operands, y) => operands[0].Span.Slice(slice.Start * size, slice.Length * size).CopyTo(y);
    }

    private static void Join(ReadOnlyMemory<float>[] operands, Span<float> y)
    {
        var start = 0;
        foreach (var operand in operands)
        {
            operand.Span.CopyTo(y[start..]);
            start += operand.Length;
        }
    }

    private static void Mean(ReadOnlySpan<float> x, Span<float> y)
    {
        var rows = x.Length / y.Length;
        y.Clear();
        for (var r = 0; r < rows; r++)
        {
            TensorPrimitives.Add(y, x.Slice(r * y.Length, y.Length), y);
        }

        TensorPrimitives.Divide(y, rows, y);
    }

    private static void Maxima(MaximumPool pool, ImmutableArray<int> input, ImmutableArray<int> output, ReadOnlySpan<float> x, Span<float> y)
    {
        for (var i = 0; i < y.Length; i++)
        {
            var (row, column) = (i / output[2] % output[1] * pool.Stride, i % output[2] * pool.Stride);
            var image = x.Slice(i / (output[1] * output[2]) * input[1] * input[2], input[1] * input[2]);
            var largest = float.NegativeInfinity;
            for (var k = 0; k < pool.Window * pool.Window; k++)
            {
                largest = Math.Max(largest, image[(row + k / pool.Window) * input[2] + column + k % pool.Window]);
            }

            y[i] = largest;
        }
    }

    private static void Mask(ReadOnlySpan<float> ids, Span<float> y)
    {
        for (var i = 0; i < ids.Length; i++)
        {
            y[i] = ids[i] == 0 ? (float)PaddingMask.Out : 0;
        }
    }

    private static void Shifted(PlusConstants constants, ReadOnlySpan<float> x, Span<float> y)
    {
        for (var i = 0; i < x.Length; i++)
        {
            y[i] = x[i] + constants.Numbers.Items[i];
        }
    }

    private static void Adjacency(ReadOnlySpan<float> x, Span<float> y, int nodes)
    {
        x.CopyTo(y);
        var roots = new float[nodes];
        for (var i = 0; i < nodes; i++)
        {
            y[i * nodes + i] += 1;
            roots[i] = 1 / MathF.Sqrt(Math.Max(1, TensorPrimitives.Sum<float>(y.Slice(i * nodes, nodes))));
        }

        for (var i = 0; i < nodes * nodes; i++)
        {
            y[i] *= roots[i / nodes] * roots[i % nodes];
        }
    }
}
