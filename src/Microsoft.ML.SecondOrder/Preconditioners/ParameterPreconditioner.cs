using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>Turns the gradient of one parameter, of any number of axes, into a better direction from nothing but such gradients.</summary>
public abstract class ParameterPreconditioner : Preconditioner
{
    private protected ParameterPreconditioner(ParameterShape shape) => Shape = shape;

    /// <summary>The parameter it works for.</summary>
    public ParameterShape Shape { get; }

    /// <summary>Whether directions already contain a momentum: the optimizer then adds none, and decays weights apart from it.</summary>
    internal virtual bool OwnsMomentum => false;

    /// <summary>Whether the method is to be shown, before this step, the gradient for labels that are drawn from the model.</summary>
    internal virtual bool AwaitsSample(long step) => false;

    /// <summary>Takes in the gradient of the mean loss for drawn labels; those of micro-batches add up. Borrows it.</summary>
    /// <param name="gradient">Of the parameter's shape.</param>
    /// <param name="examples">The examples of the pass.</param>
    internal virtual void ObserveSample(Tensor gradient, long examples)
    {
    }

    /// <summary>Updates the state by a gradient and gives the direction that it stands for.</summary>
    /// <param name="gradient">The gradient of the mean loss: of the parameter's shape. Not to be changed.</param>
    /// <param name="step">The number of the step, from 0.</param>
    /// <param name="examples">B, over how many examples the loss was averaged; 0 where nobody counted.</param>
    /// <returns>U, of the gradient's shape and type: a new tensor, which the caller may change.</returns>
    internal abstract Tensor Precondition(Tensor gradient, long step, long examples);
}
