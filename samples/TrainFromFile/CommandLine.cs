using System.Globalization;
using System.Text;

namespace TrainFromFile;

/// <summary>What was asked for on the command line.</summary>
internal sealed record CommandLine
{
    public const string Usage = """
        Usage: TrainFromFile regression|classification --dataset FILE --label-col COLUMN [OPTION...]

          --dataset FILE        a text file with one row a line
          --label-col COLUMN    what to predict: a name in the header, or a number from 0
          --test-dataset FILE   rows to test on; otherwise a fifth of the data set is kept for that
          --has-header [true|false]   whether the first line holds names; otherwise found out
          --separator S         , ; | space or tab; otherwise found out
          --ignore-cols A,B     columns to leave out, by name or number
          --train-time SECONDS  stop training after so many seconds; otherwise when the network has learned
          --seed N              of the split and of the network (default 1): the same seed gives the same model
          --name NAME           of the generated classes; otherwise made from the file's name
          --output DIR          where to write (default: a folder of that name)

        """;

    private static readonly Dictionary<string, char> _separators = new()
    {
        [","] = ',', [";"] = ';', ["|"] = '|', [" "] = ' ', ["space"] = ' ', ["\t"] = '\t', ["\\t"] = '\t', ["tab"] = '\t', ["comma"] = ',', ["semicolon"] = ';',
    };

    public bool IsClassification { get; private init; }

    public string Dataset { get; private set; } = "";

    public string Label { get; private set; } = "";

    public string? TestDataset { get; private set; }

    public bool? HasHeader { get; private set; }

    public char? Separator { get; private set; }

    public string[] Ignored { get; private set; } = [];

    public TimeSpan? TrainTime { get; private set; }

    public int Seed { get; private set; } = 1;

    public string Name { get; private set; } = "";

    public string Output { get; private set; } = "";

    /// <exception cref="SampleException">Something in the command line makes no sense.</exception>
    public static CommandLine Parse(string[] arguments)
    {
        if (arguments is not ["regression" or "classification", ..])
        {
            throw Wrong(arguments.Length == 0 ? "The first argument must be 'regression' or 'classification'." : $"The first argument must be 'regression' or 'classification', but is '{arguments[0]}'.");
        }

        var parsed = new CommandLine { IsClassification = arguments[0] == "classification" };
        for (var i = 1; i < arguments.Length; i++)
        {
            var option = arguments[i];
            if (option == "--has-header" && (i + 1 == arguments.Length || arguments[i + 1].StartsWith("--", StringComparison.Ordinal)))
            {
                parsed.HasHeader = true;
                continue;
            }

            if (!option.StartsWith("--", StringComparison.Ordinal))
            {
                throw Wrong($"'{option}' is no option; options begin with --.");
            }

            if (i + 1 == arguments.Length)
            {
                throw Wrong($"{option} needs a value.");
            }

            parsed.Set(option, arguments[++i]);
        }

        parsed.Require();
        return parsed;
    }

    private void Set(string option, string value)
    {
        switch (option)
        {
            case "--dataset": Dataset = value; break;
            case "--label-col": Label = value; break;
            case "--test-dataset": TestDataset = value; break;
            case "--ignore-cols": Ignored = value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries); break;
            case "--output": Output = value; break;
            case "--name": Name = Identifier(value); break;
            case "--has-header": HasHeader = bool.TryParse(value, out var has) ? has : throw Wrong($"--has-header must be true or false, but is '{value}'."); break;
            case "--separator": Separator = _separators.TryGetValue(value, out var separator) ? separator : throw Wrong($"--separator must be one of , ; | space and tab, but is '{value}'."); break;
            case "--seed": Seed = int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seed) ? seed : throw Wrong($"--seed must be a whole number, but is '{value}'."); break;
            case "--train-time":
                TrainTime = double.TryParse(value, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 1e6
                    ? TimeSpan.FromSeconds(seconds)
                    : throw Wrong($"--train-time must be a number of seconds above 0, but is '{value}'.");
                break;
            default: throw Wrong($"There is no option {option}.");
        }
    }

    private void Require()
    {
        if (Dataset.Length == 0)
        {
            throw Wrong("--dataset is missing: name the file to learn from.");
        }

        if (Label.Length == 0)
        {
            throw Wrong("--label-col is missing: name the column to predict.");
        }

        Name = Name.Length > 0 ? Name : Identifier(Path.GetFileNameWithoutExtension(Dataset));
        Output = Output.Length > 0 ? Output : Name;
    }

    /// <summary>A name for a class or a property, in the manner of C#.</summary>
    public static string Identifier(string text)
    {
        var name = new StringBuilder();
        var starts = true;
        foreach (var c in text)
        {
            if (char.IsLetterOrDigit(c))
            {
                name.Append(starts ? char.ToUpperInvariant(c) : c);
            }

            starts = !char.IsLetterOrDigit(c);
        }

        return name.Length == 0 ? "Model" : char.IsDigit(name[0]) ? "_" + name : name.ToString();
    }

    private static SampleException Wrong(string sentence) => new(SampleException.BadUsage, sentence);
}
