using System.Globalization;
using Microsoft.ML.SecondOrder.Training;
using Spectre.Console;

namespace TrainFromFile;

/// <summary>What the person at the console sees.</summary>
internal static class ConsoleView
{
    public static void Columns(TableFile table)
    {
        AnsiConsole.WriteLine($"'{Path.GetFileName(table.FilePath)}': {table.Columns.Count} columns, separated by {TableFile.Words(table.Separator)}, {(table.HasHeader ? "with" : "without")} a header");
        var shown = new Table().AddColumns("Column", "Use", "Why");
        foreach (var column in table.Columns)
        {
            shown.AddRow(Markup.Escape(column.Name), column == table.Label ? "label" : column.Kind.ToString().ToLowerInvariant(), Markup.Escape(column.Why));
        }

        AnsiConsole.Write(shown);
    }

    /// <summary>Shows a bar that advances with the time while <paramref name="train"/> runs.</summary>
    public static T WithProgress<T>(Func<Action<EpochMetrics>, T> train) => AnsiConsole.Progress()
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
        .Start(console =>
        {
            var bar = console.AddTask("reading");
            var model = train(metrics =>
            {
                bar.Value = bar.MaxValue * (metrics.Elapsed / (metrics.Elapsed + metrics.TimeLeft));
                bar.Description = metrics.Accuracy is { } accuracy
                    ? string.Create(CultureInfo.InvariantCulture, $"loss {metrics.TrainingLoss:F4}, accuracy {accuracy:P1}")
                    : string.Create(CultureInfo.InvariantCulture, $"loss {metrics.TrainingLoss:F4}, error {metrics.RootMeanSquaredError:G4}");
            });
            bar.Value = bar.MaxValue;
            return model;
        });

    public static void Metrics(IEnumerable<(string Name, double Value)> metrics, double seconds)
    {
        var shown = new Table().AddColumns("On the test rows", "");
        foreach (var (name, value) in metrics)
        {
            shown.AddRow(name, value.ToString("G5", CultureInfo.InvariantCulture));
        }

        AnsiConsole.Write(shown);
        AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Trained in {seconds:F1} s."));
    }

    public static void Written(string folder, IEnumerable<string> files) => AnsiConsole.WriteLine($"Written to {folder}: {string.Join(", ", files)}");
}
