using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Base of what trainers learn: something that is saved with the transformer around it.</summary>
public abstract class ModelParametersBase<TOutput> : ICanSaveModel
{
    private protected readonly IHost Host;

    private protected ModelParametersBase(IHostEnvironment env, string name) => Host = env.Register(name);

    private protected abstract void SaveCore(ModelSaveContext ctx);

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        SaveCore(ctx);
    }
}
