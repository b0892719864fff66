using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Tests.MlNet.Outside;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

public sealed class PredictionEngineTests
{
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

    public sealed class RenamedResult
    {
        [ColumnName("Score")]
        public float Value { get; set; }
    }

    public sealed class TooMuch
    {
        public float Score { get; set; }

        public float Missing { get; set; }
    }

    [Fact]
    public void It_predicts_into_a_new_or_a_given_object()
    {
        using var engine = _ml.Model.CreatePredictionEngine<Point, Result>(FirstFeature.AsRegression(2));
        var result = new Result();
        var given = result;

        engine.Predict(new Point { Features = [3, 0] }, ref result);

        Assert.Same(given, result);
        Assert.Equal(3, result.Score);
        Assert.Equal(4, engine.Predict(new Point { Features = [4, 0] }).Score);
    }

    [Fact]
    public void Disposing_it_disposes_the_transformer()
    {
        var transformer = FirstFeature.AsRegression(2);

        _ml.Model.CreatePredictionEngine<Point, Result>(transformer).Dispose();

        Assert.True(transformer.IsDisposed);
    }

    [Fact]
    public void Disposing_it_disposes_every_transformer_of_a_chain()
    {
        var transformer = FirstFeature.AsRegression(2);
        var data = _ml.Data.LoadFromEnumerable([new Point { Features = [1, 2] }]);
        var chain = new TransformerChain<ITransformer>(_ml.Transforms.CopyColumns("Copy", "Features").Fit(data), transformer);

        _ml.Model.CreatePredictionEngine<Point, Result>(chain).Dispose();

        Assert.True(transformer.IsDisposed);
    }

    [Fact]
    public void An_engine_that_does_not_own_the_transformer_leaves_it_alone()
    {
        var transformer = FirstFeature.AsRegression(2);
        Assert.True(new PredictionEngineOptions().OwnsTransformer);

        _ml.Model.CreatePredictionEngine<Point, Result>(transformer, new PredictionEngineOptions { OwnsTransformer = false }).Dispose();

        Assert.False(transformer.IsDisposed);
    }

    [Fact]
    public void Output_columns_may_be_renamed()
    {
        using var engine = _ml.Model.CreatePredictionEngine<Point, RenamedResult>(FirstFeature.AsRegression(2));

        Assert.Equal(5, engine.Predict(new Point { Features = [5, 0] }).Value);
    }

    [Fact]
    public void Missing_output_columns_are_ignored_unless_told_otherwise()
    {
        using var engine = _ml.Model.CreatePredictionEngine<Point, TooMuch>(FirstFeature.AsRegression(2));

        Assert.Equal(0, engine.Predict(new Point { Features = [5, 0] }).Missing);
        Assert.ThrowsAny<Exception>(() => _ml.Model.CreatePredictionEngine<Point, TooMuch>(FirstFeature.AsRegression(2), ignoreMissingColumns: false));
    }

    [Fact]
    public void Its_output_schema_is_that_of_the_model()
    {
        using var engine = _ml.Model.CreatePredictionEngine<Point, Result>(FirstFeature.AsRegression(2));

        Assert.Equal(["Features", "Score"], engine.OutputSchema.Names());
    }

    [Fact]
    public void A_transformer_that_is_no_row_mapper_is_refused()
    {
        var data = _ml.Data.LoadFromEnumerable([new Point { Features = [1, 2] }]);
        var model = new NoMapper();

        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Model.CreatePredictionEngine<Point, Result>(model));
    }

    [Fact]
    public void An_engine_made_with_a_schema_takes_vectors_whose_class_names_no_size()
    {
        var schema = SchemaDefinition.Create(typeof(Unsized));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 2);

        using var engine = _ml.Model.CreatePredictionEngine<Unsized, Result>(FirstFeature.AsRegression(2), inputSchemaDefinition: schema);

        Assert.Equal(6, engine.Predict(new Unsized { Features = [6, 1] }).Score);
    }

    public sealed class Unsized
    {
        public float[] Features { get; set; } = [];
    }

    private sealed class NoMapper : ITransformer
    {
        public bool IsRowToRowMapper => false;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        public IDataView Transform(IDataView input) => input;

        public void Save(ModelSaveContext ctx) => throw new NotSupportedException();
    }
}
