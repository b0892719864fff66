namespace Microsoft.ML.SecondOrder.Tests.Catalog;

public sealed class DiagnosisTests
{
    [Fact]
    public void Versions_devices_and_speed_are_named()
    {
        var diagnosis = new MLContext().SecondOrder().Diagnose();

        Assert.True(diagnosis.CanTrain);
        foreach (var name in new[] { "Microsoft.ML.SecondOrder", "Microsoft.ML", "TorchSharp", "libtorch", "CUDA devices", "matrix products, float32", "matrix products, float64", "matrix products, bfloat16" })
        {
            Assert.Contains(diagnosis.Facts, f => f.Key == name && f.Value.Length > 0);
            Assert.Contains(name, diagnosis.ToString());
        }
    }

    [Fact]
    public void A_gpu_that_is_not_there_is_advised_upon()
    {
        var strict = new MLContext { GpuDeviceId = 97 }.SecondOrder().Diagnose();
        var lenient = new MLContext { GpuDeviceId = 97, FallbackToCpu = true }.SecondOrder().Diagnose();

        Assert.Contains(strict.Advice, a => a.Contains("97") && a.Contains("throw") && a.Contains("TorchSharp-cuda-linux"));
        Assert.Contains(lenient.Advice, a => a.Contains("97") && a.Contains("fall back"));
        Assert.True(strict.CanTrain);
    }

    [Fact]
    public void Nothing_wrong_is_said_in_words() =>
        Assert.Contains("Nothing is wrong.", new SecondOrder.Diagnosis([new("a", "b")], []).ToString());

    [Fact]
    public void A_diagnosis_leaves_no_tensor_behind() => Support.Leak.None(() => new MLContext().SecondOrder().Diagnose());
}
