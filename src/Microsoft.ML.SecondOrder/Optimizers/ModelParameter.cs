using TorchSharp.Modules;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>A trainable parameter of a model, or the weight and the bias of a dense layer that are to be stepped together.</summary>
/// <param name="Name">The parameter's, or the weight's, name.</param>
/// <param name="Find">The weight and the bias, if any, as they are now: moving a model to another device replaces its parameters.</param>
internal sealed record ModelParameter(string Name, Func<(Parameter Weight, Parameter? Bias)> Find);
