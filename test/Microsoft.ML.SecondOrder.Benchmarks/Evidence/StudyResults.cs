using System.Globalization;

namespace Microsoft.ML.SecondOrder.Benchmarks.Evidence;

/// <summary>What was measured, a line each: a key, and numbers. With a file a study that was interrupted goes on.</summary>
internal sealed class StudyResults
{
    private readonly string? _file;
    private readonly Dictionary<string, double[]> _known = [];

    /// <param name="file">To read from and append to; null for none.</param>
    public StudyResults(string? file)
    {
        _file = file;
        foreach (var line in file is not null && File.Exists(file) ? File.ReadLines(file) : [])
        {
            var parts = line.Split('\t');
            _known[parts[0]] = [.. parts[1..].Select(p => double.Parse(p, CultureInfo.InvariantCulture))];
        }
    }

    public IReadOnlyDictionary<string, double[]> Known => _known;

    /// <summary>What is known of a key; measured where nothing is.</summary>
    public double[] Of(string key, Func<double[]> measure)
    {
        if (!_known.TryGetValue(key, out var values))
        {
            _known[key] = values = measure();
            var line = string.Join('\t', values.Select(v => v.ToString("G6", CultureInfo.InvariantCulture)).Prepend(key));
            Console.WriteLine(line);
            if (_file is not null)
            {
                File.AppendAllText(_file, line + Environment.NewLine);
            }
        }

        return values;
    }
}
