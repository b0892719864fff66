using System.Text;

namespace Microsoft.ML.Transforms.Text;

/// <summary>Changes case, takes off diacritics, drops punctuation and numbers.</summary>
internal readonly record struct TextNormalizer(TextNormalizingEstimator.CaseMode CaseMode, bool KeepDiacritics, bool KeepPunctuations, bool KeepNumbers)
{
    /// <summary>Latin, Greek and Cyrillic letters end here.</summary>
    private const char LastLetter = '\u0530';

    private static readonly char[] s_plain = Enumerable.Range(0, LastLetter).Select(c => WithoutDiacritics((char)c)).ToArray();

    public bool ChangesAnything => CaseMode != TextNormalizingEstimator.CaseMode.None || !KeepDiacritics || !KeepPunctuations || !KeepNumbers;

    /// <summary>The text itself where nothing changes.</summary>
    public ReadOnlyMemory<char> Normalize(ReadOnlyMemory<char> text, StringBuilder buffer)
    {
        buffer.Clear();
        bool changed = false;
        foreach (char c in text.Span)
        {
            bool drop = !KeepPunctuations && char.IsPunctuation(c) || !KeepNumbers && char.IsNumber(c) || !KeepDiacritics && IsCombining(c);
            char image = KeepDiacritics || c >= LastLetter ? c : s_plain[c];
            if (CaseMode == TextNormalizingEstimator.CaseMode.Lower)
                image = char.ToLowerInvariant(image);
            else if (CaseMode == TextNormalizingEstimator.CaseMode.Upper)
                image = char.ToUpperInvariant(image);
            if (!drop)
                buffer.Append(image);
            changed |= drop || image != c;
        }

        return changed ? buffer.ToString().AsMemory() : text;
    }

    /// <summary>Marks of Latin, Greek and Cyrillic, Hebrew and Arabic letters.</summary>
    private static bool IsCombining(char c) => c is >= '\u0300' and <= '\u036F'
        or >= '\u0591' and <= '\u05BD' or '\u05C1' or '\u05C2' or '\u05C4' or '\u05C5' or '\u05C7'
        or >= '\u0610' and <= '\u0615' or >= '\u064C' and <= '\u065E' or '\u0670';

    /// <summary>The letter that Unicode composes the letter from.</summary>
    private static char WithoutDiacritics(char c)
    {
        if (!char.IsLetter(c))
            return c;
        string parts = c.ToString().Normalize(NormalizationForm.FormD);
        return parts.Length > 1 && char.IsLetter(parts[0]) ? parts[0] : c;
    }
}
