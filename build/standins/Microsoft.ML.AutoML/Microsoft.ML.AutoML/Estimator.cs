namespace Microsoft.ML.AutoML;

public class Estimator
{
    protected Estimator()
    {
    }

    public Parameter Parameter { get; set; } = Parameter.CreateNestedParameter();
}
