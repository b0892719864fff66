namespace Microsoft.ML.SearchSpace;

/// <summary>What a parameter is in JSON.</summary>
public enum ParameterType
{
    Integer = 0,
    Number = 1,
    Bool = 2,
    String = 3,
    Object = 4,
    Array = 5,
}
