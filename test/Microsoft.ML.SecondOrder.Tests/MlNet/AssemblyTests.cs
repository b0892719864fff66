using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.Trainers;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>Which assembly holds what, what can be derived outside, and the internals that our Loader and save bridge reach.</summary>
public sealed class AssemblyTests
{
    private const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Assembly Core = typeof(ModelSaveContext).Assembly;

    public static TheoryData<Type, string> Homes => new()
    {
        { typeof(IDataView), "Microsoft.ML.DataView" },
        { typeof(DataViewRow), "Microsoft.ML.DataView" },
        { typeof(DataViewRowCursor), "Microsoft.ML.DataView" },
        { typeof(ValueGetter<>), "Microsoft.ML.DataView" },
        { typeof(DataViewSchema), "Microsoft.ML.DataView" },
        { typeof(KeyDataViewType), "Microsoft.ML.DataView" },
        { typeof(VectorDataViewType), "Microsoft.ML.DataView" },
        { typeof(VBuffer<>), "Microsoft.ML.DataView" },
        { typeof(VBufferEditor), "Microsoft.ML.DataView" },
        { typeof(DataViewRowId), "Microsoft.ML.DataView" },
        { typeof(IEstimator<>), "Microsoft.ML.Core" },
        { typeof(ITransformer), "Microsoft.ML.Core" },
        { typeof(ICanSaveModel), "Microsoft.ML.Core" },
        { typeof(ModelSaveContext), "Microsoft.ML.Core" },
        { typeof(SchemaShape), "Microsoft.ML.Core" },
        { typeof(IRowToRowMapper), "Microsoft.ML.Core" },
        { typeof(IDataLoader<>), "Microsoft.ML.Core" },
        { typeof(IHost), "Microsoft.ML.Core" },
        { typeof(IHostEnvironment), "Microsoft.ML.Core" },
        { typeof(IChannel), "Microsoft.ML.Core" },
        { typeof(IProgressChannel), "Microsoft.ML.Core" },
        { typeof(ComponentCatalog), "Microsoft.ML.Core" },
        { typeof(TrainerInfo), "Microsoft.ML.Core" },
        { typeof(DataKind), "Microsoft.ML.Core" },
        { typeof(MLContext), "Microsoft.ML.Data" },
        { typeof(RegressionCatalog), "Microsoft.ML.Data" },
        { typeof(MulticlassClassificationMetrics), "Microsoft.ML.Data" },
        { typeof(EstimatorChain<>), "Microsoft.ML.Data" },
        { typeof(TransformerChain<>), "Microsoft.ML.Data" },
        { typeof(PredictionEngine<,>), "Microsoft.ML.Data" },
        { typeof(TextLoader), "Microsoft.ML.Data" },
        { typeof(LoadColumnAttribute), "Microsoft.ML.Data" },
        { typeof(VectorTypeAttribute), "Microsoft.ML.Data" },
        { typeof(IPredictionTransformer<>), "Microsoft.ML.Data" },
        { typeof(ISingleFeaturePredictionTransformer<>), "Microsoft.ML.Data" },
        { typeof(ITrainerEstimator<,>), "Microsoft.ML.Data" },
        { typeof(NormalizationCatalog), "Microsoft.ML.Transforms" },
        { typeof(ExtensionsCatalog), "Microsoft.ML.Transforms" },
        { typeof(CategoricalCatalog), "Microsoft.ML.Transforms" },
        { typeof(CustomMappingFactory<,>), "Microsoft.ML.Transforms" },
        { typeof(PermutationFeatureImportanceExtensions), "Microsoft.ML.Transforms" },
        { typeof(LbfgsMaximumEntropyMulticlassTrainer), "Microsoft.ML.StandardTrainers" },
    };

    [Theory]
    [MemberData(nameof(Homes), DisableDiscoveryEnumeration = true)]
    public void A_type_lives_in_its_assembly(Type type, string assembly)
    {
        Assert.Equal(assembly, type.Assembly.GetName().Name);
        Assert.Equal(new Version(1, 0, 0, 0), type.Assembly.GetName().Version);
    }

    [Theory]
    [InlineData("Microsoft.ML.Trainers.TrainerEstimatorBase`2, Microsoft.ML.Data")]
    [InlineData("Microsoft.ML.Trainers.TrainerEstimatorBaseWithGroupId`2, Microsoft.ML.Data")]
    [InlineData("Microsoft.ML.Data.PredictionTransformerBase`1, Microsoft.ML.Data")]
    [InlineData("Microsoft.ML.Data.SingleFeaturePredictionTransformerBase`1, Microsoft.ML.Data")]
    [InlineData("Microsoft.ML.Data.RowToRowTransformerBase, Microsoft.ML.Data")]
    [InlineData("Microsoft.ML.Data.OneToOneTransformerBase, Microsoft.ML.Data")]
    [InlineData("Microsoft.ML.Data.TrivialEstimator`1, Microsoft.ML.Data")]
    [InlineData("Microsoft.ML.Trainers.ModelParametersBase`1, Microsoft.ML.Data")]
    [InlineData("Microsoft.ML.Trainers.TrainerInputBase, Microsoft.ML.Data")]
    [InlineData("Microsoft.ML.Trainers.TrainerInputBaseWithLabel, Microsoft.ML.Data")]
    [InlineData("Microsoft.ML.Transforms.TransformInputBase, Microsoft.ML.Data")]
    [InlineData("Microsoft.ML.TrainCatalogBase, Microsoft.ML.Data")]
    [InlineData("Microsoft.ML.Calibrators.CalibratorEstimatorBase`1, Microsoft.ML.Data")]
    public void A_base_class_of_the_built_ins_cannot_be_derived_outside(string name)
    {
        var type = Type.GetType(name);
        if (type == null)
        {
            Assert.True(Packages.MicrosoftMLIsStandIn, $"'{name}' is missing.");
            Assert.Skip("The stand-in has no such class.");
            return;
        }

        var constructors = type.GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance);
        var hidden = type.GetMethods(Any).Where(m => m.IsAbstract && !Reachable(m));
        Assert.True(!constructors.Any(Reachable) || hidden.Any(), $"{type} can be derived outside its assembly.");

        static bool Reachable(MethodBase m) => m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly;
    }

    [Fact]
    public void What_an_extension_needs_can_be_implemented()
    {
        Type[] interfaces =
        [
            typeof(IEstimator<>), typeof(ITransformer), typeof(IPredictionTransformer<>), typeof(ISingleFeaturePredictionTransformer<>),
            typeof(ITrainerEstimator<,>), typeof(IRowToRowMapper), typeof(IDataView), typeof(IDataLoader<>), typeof(IHost), typeof(ICanSaveModel),
        ];

        foreach (var type in interfaces.SelectMany(i => i.GetInterfaces().Prepend(i)))
            Assert.All(type.GetMethods(Any), m => Assert.True(m.IsPublic, $"{type.Name}.{m.Name} cannot be implemented outside."));
        foreach (var type in new[] { typeof(DataViewRow), typeof(DataViewRowCursor), typeof(StructuredDataViewType), typeof(PrimitiveDataViewType), typeof(DataViewTypeAttribute), typeof(CustomMappingFactory<,>) })
            Assert.Contains(type.GetConstructors(BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Instance), c => c.IsFamily || c.IsPublic);
    }

    [Fact]
    public void A_save_context_shows_nothing_but_Dispose()
    {
        var shown = typeof(ModelSaveContext).GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly);

        Assert.Equal(["Dispose"], shown.Select(m => m.Name));
    }

    [Theory]
    [InlineData("Microsoft.ML.ModelLoadContext")]
    [InlineData("Microsoft.ML.VersionInfo")]
    [InlineData("Microsoft.ML.LoadableClassAttribute")]
    [InlineData("Microsoft.ML.LoadableClassAttributeBase")]
    [InlineData("Microsoft.ML.SignatureLoadModel")]
    [InlineData("Microsoft.ML.Runtime.ICancelable")]
    [InlineData("Microsoft.ML.Runtime.IHostEnvironmentInternal")]
    public void An_internal_of_the_core_is_there_but_hidden(string name)
        => Assert.False(Core.GetType(name, throwOnError: true)!.IsVisible);

    [Fact]
    public void The_internals_that_the_save_bridge_reaches_have_their_shapes()
    {
        var version = Core.GetType("Microsoft.ML.VersionInfo", throwOnError: true)!;
        var constructor = Assert.Single(version.GetConstructors(Any), c => c.GetParameters().Length > 0);
        Assert.Equal(
            ["modelSignature", "verWrittenCur", "verReadableCur", "verWeCanReadBack", "loaderAssemblyName", "loaderSignature", "loaderSignatureAlt"],
            constructor.GetParameters().Select(p => p.Name));
        Assert.Equal(["modelSignature", "verWrittenCur", "verReadableCur", "verWeCanReadBack"], constructor.GetParameters().Where(p => !p.HasDefaultValue).Select(p => p.Name).Take(4));

        Assert.Equal(version, Assert.Single(typeof(ModelSaveContext).GetMethod("SetVersionInfo", Any)!.GetParameters()).ParameterType);
        Assert.Equal(typeof(BinaryWriter), typeof(ModelSaveContext).GetField("Writer", Any)!.FieldType);
        Assert.Equal(typeof(BinaryReader), Core.GetType("Microsoft.ML.ModelLoadContext")!.GetField("Reader", Any)!.FieldType);

        Type[] loadable = [typeof(Type), typeof(Type), typeof(Type), typeof(Type), typeof(string), typeof(string[])];
        Assert.NotNull(Core.GetType("Microsoft.ML.LoadableClassAttribute")!.GetConstructor(Any, loadable));
    }

    [Fact]
    public void A_chain_maps_rows_and_saves_only_through_its_interfaces()
    {
        foreach (var name in new[] { "IsRowToRowMapper", "GetRowToRowMapper", "Save" })
            Assert.Empty(typeof(TransformerChain<ITransformer>).GetMember(name));
        Assert.DoesNotContain(typeof(MLContext).GetMethods(), m => m.Name == "Register");
    }

    [Fact]
    public void Shapes_and_trainer_infos_have_no_public_constructors_of_their_own()
    {
        Assert.Empty(typeof(TrainerInfo).GetConstructors());
        Assert.Empty(typeof(SchemaShape.Column).GetConstructors());
        Assert.NotNull(typeof(SchemaShape).GetConstructor([typeof(IEnumerable<SchemaShape.Column>)]));
    }

    [Fact]
    public void A_trainer_tells_what_it_wants()
    {
        var ml = new MLContext();

        Assert.True(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy().Info.NeedNormalization);
        Assert.True(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy().Info.WantCaching);
    }
}
