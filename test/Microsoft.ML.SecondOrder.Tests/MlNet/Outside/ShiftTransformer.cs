using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.SecondOrder.Tests.MlNet.Outside;

/// <summary>A model that can be saved: Score = first feature + shift.</summary>
internal sealed class ShiftTransformer(float shift, string loaderAssembly, string loaderSignature = ShiftTransformer.LoaderSignature)
    : OutsideTransformer<object>("Features", new VectorDataViewType(NumberDataViewType.Single, 2), new object(),
        [ScoreColumns.Scalar("Score", NumberDataViewType.Single, "Regression", "Score")],
        features => [(ValueGetter<float>)((ref float value) => value = features()[0] + shift)])
{
    public const string LoaderSignature = "ShiftTransformer";
    public const string EnvironmentLoaderSignature = "ShiftWithEnvironment";

    protected override void Save(ModelSaveContext ctx)
    {
        var writer = ModelFile.Begin(ctx, "SHIFTMDL", loaderSignature, loaderAssembly);
        writer.Write(shift);
    }

    private static ITransformer Read(object loadContext) => new ShiftTransformer(ModelFile.Reader(loadContext).ReadSingle(), LoaderAssembly.Name);

    /// <summary>What ML.NET calls: its load context is internal, so the parameter is an object.</summary>
    public static class Loader
    {
        public static ITransformer Create(object loadContext) => Read(loadContext);
    }

    /// <summary>The other shape that ML.NET accepts.</summary>
    public static class LoaderWithEnvironment
    {
        public static ITransformer Create(IHostEnvironment environment, object loadContext)
        {
            ArgumentNullException.ThrowIfNull(environment.Register("Loader").Rand);
            return Read(loadContext);
        }
    }
}
