using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Tests.MlNet.Outside;
using Microsoft.ML.SecondOrder.Tests.Support;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>How plain <c>Model.Load</c> finds a transformer that ML.NET does not know.</summary>
public sealed class LoaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public sealed class Point
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }

    public sealed class Result
    {
        public float Score { get; set; }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_transformer_that_writes_no_header_cannot_be_saved()
    {
        var error = Assert.Throws<InvalidOperationException>(() => _ml.Model.Save(FirstFeature.AsRegression(2), null, _folder.File("m.zip")));

        Assert.Contains("ModelSignature not specified!", error.Message);
    }

    [Fact]
    public void Another_process_finds_the_loader_by_the_assembly_name_in_the_file()
    {
        var path = Save(new ShiftTransformer(0.125f, LoaderAssembly.Name));

        Assert.Equal("1.625", SecondProcess.Run(Child, path));
    }

    [Fact(Explicit = true)]
    public void Child()
    {
        var path = SecondProcess.Arguments[0];
        LoaderAssembly.Offer();

        var model = _ml.Model.Load(path, out _);

        SecondProcess.Answer(Score(model, 1.5f).ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void A_loader_may_ask_for_the_environment()
    {
        LoaderAssembly.Offer();

        var model = _ml.Model.Load(Save(new ShiftTransformer(2, LoaderAssembly.Name, ShiftTransformer.EnvironmentLoaderSignature)), out _);

        Assert.Equal(3, Score(model, 1));
    }

    [Fact]
    public void A_loaded_chain_holds_the_outside_transformer_and_can_be_saved_again()
    {
        LoaderAssembly.Offer();
        var data = _ml.Data.LoadFromEnumerable([new Point { Features = [1, 2] }]);
        var first = _ml.Transforms.NormalizeMinMax("Scaled", "Features").Fit(data);
        var path = Save(new TransformerChain<ITransformer>(first, new ShiftTransformer(2, LoaderAssembly.Name)));

        var loaded = _ml.Model.Load(path, out _);
        var again = _ml.Model.Load(Save(loaded), out _);

        Assert.Equal(3, Score(again, 1));
        Assert.Equal(2, Assert.IsType<TransformerChain<ITransformer>>(again).Count());
    }

    [Fact]
    public void An_assembly_that_was_registered_needs_no_look_up()
    {
        var registered = new AttributesOnly(LoaderAssembly.Loadable(typeof(ShiftTransformer.Loader), "RegisteredByHand"));
        _ml.ComponentCatalog.RegisterAssembly(registered);
        var path = Save(new ShiftTransformer(4, typeof(ShiftTransformer).Assembly.FullName!, "RegisteredByHand"));

        Assert.Equal(5, Score(_ml.Model.Load(path, out _), 1));
        Assert.ThrowsAny<Exception>(() => new MLContext().Model.Load(path, out _));
    }

    [Fact]
    public void Registering_an_assembly_asks_for_all_its_types()
    {
        // So every base type of an assembly that is named as a loader must be found: a reason to keep that assembly tiny.
        var assembly = new AttributesOnly(LoaderAssembly.Loadable(typeof(ShiftTransformer.Loader), "AsksForTypes"));

        _ml.ComponentCatalog.RegisterAssembly(assembly);

        Assert.True(assembly.AskedForTypes);
    }

    [Fact]
    public void An_assembly_that_cannot_be_found_is_an_error()
    {
        var path = Save(new ShiftTransformer(1, "NoSuchAssembly.Anywhere, Version=1.0.0.0", "NowhereToBeFound"));

        Assert.ThrowsAny<Exception>(() => _ml.Model.Load(path, out _));
    }

    private string Save(ITransformer model)
    {
        var path = _folder.File(Path.GetRandomFileName());
        _ml.Model.Save(model, _ml.Data.LoadFromEnumerable(new List<Point>()).Schema, path);
        return path;
    }

    private float Score(ITransformer model, float feature)
    {
        using var engine = _ml.Model.CreatePredictionEngine<Point, Result>(model);
        return engine.Predict(new Point { Features = [feature, 0] }).Score;
    }

    /// <summary>An assembly object with attributes and nothing else.</summary>
    private sealed class AttributesOnly(params Attribute[] attributes) : Assembly
    {
        private readonly string _name = $"AttributesOnly{Guid.NewGuid():N}, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null";

        public bool AskedForTypes { get; private set; }

        public override string FullName => _name;

        public override AssemblyName GetName() => new(_name);

        public override AssemblyName GetName(bool copiedName) => new(_name);

        public override Type[] GetTypes()
        {
            AskedForTypes = true;
            return [];
        }

        public override object[] GetCustomAttributes(bool inherit) => attributes;

        public override object[] GetCustomAttributes(Type attributeType, bool inherit)
        {
            var matching = attributes.Where(attributeType.IsInstanceOfType).ToArray();
            var typed = Array.CreateInstance(attributeType, matching.Length);
            Array.Copy(matching, typed, matching.Length);
            return (object[])typed;
        }

        public override bool IsDefined(Type attributeType, bool inherit) => attributes.Any(attributeType.IsInstanceOfType);
    }
}
