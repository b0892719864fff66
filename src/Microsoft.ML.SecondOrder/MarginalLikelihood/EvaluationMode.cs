using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>Puts a model into evaluation mode and, when disposed, each of its modules back into the mode that it was in.</summary>
internal sealed class EvaluationMode : IDisposable
{
    private readonly List<(nn.Module Module, bool Training)> _modes;

    public EvaluationMode(nn.Module model)
    {
        _modes = [(model, model.training), .. model.named_modules().Select(m => (m.module, m.module.training))];
        model.eval();
    }

    public void Dispose()
    {
        // Parents come before their parts, whose own mode so has the last word.
        foreach (var (module, training) in _modes)
        {
            module.train(training);
        }
    }
}
