using TorchSharp;
namespace Microsoft.ML.SecondOrder.Tests;
public sealed class SmokeTests { [Fact] public void Torch_runs() => Assert.Equal(4f, torch.ones(2, 2).sum().ToSingle()); }
