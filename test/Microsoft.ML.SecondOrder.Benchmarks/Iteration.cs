using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>A model with its optimizer and batch. Owns all three.</summary>
internal sealed class Iteration : IDisposable
{
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly optim.Optimizer _optimizer;
    private readonly Tensor _input;
    private readonly Tensor _target;
    private readonly bool _isCuda;

    public Iteration(Problem problem, Candidate candidate, Device device)
    {
        _model = problem.Model();
        _model.to(device);
        _optimizer = candidate.Create(_model);
        _input = randn(problem.InputShape).to(device);
        _target = randint(Problem.Classes, new[] { problem.InputShape[0] }, int64).to(device);
        _isCuda = device.type == DeviceType.CUDA;
    }

    public (long Factors, long Buffers) StateBytes => Candidate.StateBytes(_optimizer, _model);

    public Cost Run()
    {
        var processors = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        using (NewDisposeScope())
        {
            _optimizer.zero_grad();
            F.cross_entropy(_model.call(_input), _target).backward();
            _optimizer.step();
        }

        if (_isCuda)
        {
            cuda.synchronize();
        }

        return new Cost(clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - processors).TotalSeconds);
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _model.Dispose();
        _input.Dispose();
        _target.Dispose();
    }
}
