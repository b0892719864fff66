using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Persistence;
using Microsoft.ML.SecondOrder.Tests.Networks;

namespace Microsoft.ML.SecondOrder.Tests.Persistence;

/// <summary>Exported networks in the real ONNX Runtime.</summary>
public sealed class OnnxTests
{
    private const int Rows = 1000;

    public static TheoryData<string> Cases => [.. NetworkCases.All.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Exported_network_gives_the_same_outputs(string name)
    {
        var (network, shape, inputs) = NetworkCases.Case(name, Rows);
        using var module = network.Create(shape, new Random(1));
        NetworkCases.Disturb(module);
        var weights = NetworkCases.Weights(module);
        var onnx = new OnnxBuilder("network");
        onnx.Input("Features", shape.Inputs);
        onnx.Output(onnx.Append(((GraphNetwork)network).Build(shape), weights, "Features"), shape.Outputs);

        using var session = new InferenceSession(onnx.Finish().ToByteArray());
        using var results = session.Run([NamedOnnxValue.CreateFromTensor("Features", new DenseTensor<float>(inputs, [Rows, shape.Inputs]))]);

        var actual = results[0].AsTensor<float>().ToArray();
        var forward = network.CreateForward(shape, weights);
        var expected = new float[Rows * shape.Outputs];
        forward.Run(inputs, expected);
        Assert.All(expected.Zip(actual), p => Assert.Equal(p.First, p.Second, 1e-5f));
    }
}
