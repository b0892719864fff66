using System.Text;

namespace Microsoft.ML.Data;

/// <summary>Writes a confusion matrix as ML.NET does: one row per true class, recall at the right, precision below.</summary>
internal static class ConfusionTable
{
    private const string Corner = "PREDICTED";

    public static string Format(ConfusionMatrix matrix)
    {
        var names = matrix.ClassNames;
        int width = matrix.NumberOfClasses == 2 ? 8 : 5;
        bool numbered = names.Max(name => name.Length) > width;       // long names stand only in the rows, behind their number
        int digits = (names.Count - 1).ToString().Length;
        int nameWidth = names.Max(name => name.Length);
        int margin = Math.Max(Corner.Length, numbered ? nameWidth + digits + 2 : nameWidth);
        string rule = string.Concat(Enumerable.Repeat(new string('=', width + 3), matrix.NumberOfClasses));

        string Header(int c) => numbered ? c.ToString() : names[c];
        string RowName(int c) => numbered ? $"{c.ToString().PadLeft(digits)}. {names[c].PadLeft(margin - digits - 2)}" : names[c].PadLeft(margin);
        var classes = Enumerable.Range(0, matrix.NumberOfClasses);

        var text = new StringBuilder();
        if (matrix.IsBinary)
            text.Append(PositiveShare(matrix));
        text.AppendLine();
        text.AppendLine("Confusion table");
        text.AppendLine($"{"".PadRight(margin)} ||{rule}");
        text.AppendLine($"{Corner.PadRight(margin)} ||{string.Concat(classes.Select(c => $" {Header(c).PadLeft(width)} |"))} Recall");
        text.AppendLine($"{"TRUTH".PadRight(margin)} ||{rule}");
        foreach (int c in classes)
        {
            string counts = string.Concat(matrix.Counts[c].Select(count => $" {count.ToString("N0").PadLeft(width)} |"));
            text.AppendLine($"{RowName(c)} ||{counts} {matrix.PerClassRecall[c],5:F4}");
        }
        text.AppendLine($"{"".PadRight(margin)} ||{rule}");
        text.AppendLine($"{"Precision".PadRight(margin)} ||{string.Concat(matrix.PerClassPrecision.Select(p => $"{p.ToString("N4").PadLeft(width + 1)} |"))}");
        return text.ToString();
    }

    private static string PositiveShare(ConfusionMatrix matrix)
    {
        double positives = matrix.Counts[0][0] + matrix.Counts[0][1];
        double negatives = matrix.Counts[1][0] + matrix.Counts[1][1];
        return $"TEST {matrix.ClassNames[0].ToUpper()} RATIO:\t{positives / (positives + negatives):N4} ({positives:F1}/({positives:F1}+{negatives:F1}))";
    }
}
