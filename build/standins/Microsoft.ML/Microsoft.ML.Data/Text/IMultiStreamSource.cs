namespace Microsoft.ML.Data;

/// <summary>Streams to be read one after the other, as often as needed.</summary>
public interface IMultiStreamSource
{
    int Count { get; }

    string GetPathOrNull(int index);

    Stream Open(int index);

    TextReader OpenTextReader(int index);
}
