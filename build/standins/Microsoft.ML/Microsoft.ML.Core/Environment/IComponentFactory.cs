namespace Microsoft.ML.Runtime;

public interface IComponentFactory
{
}

public interface IComponentFactory<out TComponent> : IComponentFactory
{
    TComponent CreateComponent(IHostEnvironment env);
}
