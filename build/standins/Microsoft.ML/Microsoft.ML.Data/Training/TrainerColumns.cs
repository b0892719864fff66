using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers;

/// <summary>The columns that trainers want.</summary>
internal static class TrainerColumns
{
    public static SchemaShape.Column Features(string name) => new(name, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false);

    public static SchemaShape.Column Number(string name) => new(name, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false);

    public static SchemaShape.Column Boolean(string name) => new(name, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, false);

    public static SchemaShape.Column Key(string name) => new(name, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, true);

    /// <summary>No column if there is no name.</summary>
    public static SchemaShape.Column Weight(string name) => name == null ? default : Number(name);

    /// <summary>A scalar that a trainer promises to add.</summary>
    public static SchemaShape.Column Output(string name, PrimitiveDataViewType type, bool isNormalized = false)
        => new(name, SchemaShape.Column.VectorKind.Scalar, type, false, new SchemaShape(AnnotationUtils.GetTrainerOutputAnnotation(isNormalized)));
}
