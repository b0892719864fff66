using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>A user's own function between two classes, saved by the name of its contract.</summary>
public sealed class CustomMappingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;

    public CustomMappingTests() => _data = _ml.Data.LoadFromEnumerable([new Input { Number = 3, Other = 1 }, new Input { Number = 4, Other = 2 }]);

    public sealed class Input
    {
        public float Number { get; set; }

        public float Other { get; set; }
    }

    public sealed class Wanted
    {
        public float Number { get; set; }
    }

    public sealed class Output
    {
        public float Square { get; set; }

        [VectorType(2)]
        public float[] Pair { get; set; } = [];
    }

    [CustomMappingFactoryAttribute("Microsoft.ML.SecondOrder.Tests.Square")]
    public sealed class SquareFactory : CustomMappingFactory<Wanted, Output>
    {
        public static void Map(Wanted input, Output output)
        {
            output.Square = input.Number * input.Number;
            output.Pair = [input.Number, -input.Number];
        }

        public override Action<Wanted, Output> GetMapping() => Map;
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_adds_the_columns_of_its_output_class()
    {
        var mapped = _ml.Transforms.CustomMapping<Wanted, Output>(SquareFactory.Map, contractName: null).Fit(_data).Transform(_data);

        Assert.Equal(["Number", "Other", "Pair", "Square"], mapped.Schema.Names().Order());
        Assert.Equal([9, 16], mapped.Column<float>("Square"));
        Assert.Equal([[3f, -3f], [4f, -4f]], mapped.Vectors("Pair"));
        Assert.Equal([1, 2], mapped.Column<float>("Other"));
    }

    [Fact]
    public void It_maps_single_rows()
    {
        var model = _ml.Transforms.CustomMapping<Wanted, Output>(SquareFactory.Map, contractName: null).Fit(_data);

        using var engine = _ml.Model.CreatePredictionEngine<Input, Output>(model);

        Assert.Equal(25, engine.Predict(new Input { Number = 5 }).Square);
    }

    [Fact]
    public void Without_a_contract_it_cannot_be_saved()
    {
        var model = _ml.Transforms.CustomMapping<Wanted, Output>(SquareFactory.Map, contractName: null).Fit(_data);

        Assert.ThrowsAny<InvalidOperationException>(() => _ml.Model.Save(model, _data.Schema, _folder.File("m.zip")));
    }

    [Fact]
    public void With_a_contract_another_process_finds_the_factory_by_itself()
    {
        var path = Save("Microsoft.ML.SecondOrder.Tests.Square");

        Assert.Equal("9 16", SecondProcess.Run(Child, path));
    }

    [Fact(Explicit = true)]
    public void Child()
    {
        var mapped = _ml.Model.Load(SecondProcess.Arguments[0], out _).Transform(_data);

        SecondProcess.Answer(string.Join(' ', mapped.Column<float>("Square")));
    }

    [Fact]
    public void A_contract_that_nobody_offers_is_an_error()
    {
        var path = Save("Microsoft.ML.SecondOrder.Tests.NobodyOffersThis");

        Assert.ThrowsAny<Exception>(() => _ml.Model.Load(path, out _));
    }

    [Fact]
    public void A_missing_input_column_is_an_error()
    {
        var other = _ml.Data.LoadFromEnumerable([new Output()]);

        Assert.ThrowsAny<Exception>(() => _ml.Transforms.CustomMapping<Wanted, Output>(SquareFactory.Map, contractName: null).Fit(other));
    }

    private string Save(string contract)
    {
        var path = _folder.File(contract + ".zip");
        _ml.Model.Save(_ml.Transforms.CustomMapping<Wanted, Output>(SquareFactory.Map, contract).Fit(_data), _data.Schema, path);
        return path;
    }
}
