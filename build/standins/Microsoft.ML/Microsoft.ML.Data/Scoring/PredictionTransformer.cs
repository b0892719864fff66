using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>What the kinds of prediction transformers need for being saved and loaded.</summary>
internal static class PredictionTransformer
{
    public const string ModelDirectory = "Model";

    public static VersionInfo Version(string modelSignature, string loaderSignature)
        => new(modelSignature, verWrittenCur: 0x00010001, verReadableCur: 0x00010001, verWeCanReadBack: 0x00010001,
            typeof(PredictionTransformer).Assembly.FullName, loaderSignature);

    /// <summary>
    /// Reads the model, and with it makes a transformer of the model's type by the constructor
    /// (environment, context, model, feature column, feature type), which reads the rest.
    /// </summary>
    public static ISingleFeaturePredictionTransformer<object> Load(Type transformer, VersionInfo version, IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(version);
        ctx.LoadModel<object, SignatureLoadModel>(env, out var model, ModelDirectory);
        string featureColumn = ctx.LoadNonEmptyString();
        var featureType = LoadVectorType(ctx);
        var modelType = model.GetType().IsVisible ? model.GetType() : model.GetType().BaseType;
        try
        {
            return (ISingleFeaturePredictionTransformer<object>)Activator.CreateInstance(transformer.MakeGenericType(modelType),
                BindingFlags.Instance | BindingFlags.NonPublic, null, [env, ctx, model, featureColumn, featureType], null);
        }
        catch (TargetInvocationException ex)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(ex.InnerException!);
            throw;
        }
    }

    public static void SaveVectorType(ModelSaveContext ctx, VectorDataViewType type)
    {
        ctx.Writer.Write(type.Dimensions.Length);
        foreach (int dimension in type.Dimensions)
            ctx.Writer.Write(dimension);
    }

    private static VectorDataViewType LoadVectorType(ModelLoadContext ctx)
    {
        int rank = ctx.Reader.ReadInt32();
        Contracts.CheckDecode(rank is > 0 and < 16);
        var dimensions = new int[rank];
        for (int i = 0; i < rank; i++)
        {
            dimensions[i] = ctx.Reader.ReadInt32();
            Contracts.CheckDecode(dimensions[i] >= 0);
        }

        return new VectorDataViewType(NumberDataViewType.Single, dimensions);
    }
}
