namespace Microsoft.ML.Trainers;

internal static class ModelVersion
{
    public static VersionInfo Of(string modelSignature, string loaderSignature)
        => new(modelSignature, verWrittenCur: 0x00010001, verReadableCur: 0x00010001, verWeCanReadBack: 0x00010001,
            typeof(ModelVersion).Assembly.FullName, loaderSignature);
}
