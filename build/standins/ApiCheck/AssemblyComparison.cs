using System.Reflection;

namespace ApiCheck;

/// <summary>All visible types of a stand-in against those of the real assembly.</summary>
internal sealed class AssemblyComparison(Assembly standIn, Assembly real)
{
    public int Types { get; private set; }

    public int Members { get; private set; }

    public IEnumerable<string> Defects()
    {
        if (standIn.GetName().Name != real.GetName().Name)
            yield return $"Assembly {standIn.GetName().Name}: the real one is named {real.GetName().Name}";
        foreach (var type in standIn.GetTypes().Where(Visibility.IsVisible))
        {
            Types++;
            var counterpart = real.GetType(type.FullName!);
            if (counterpart == null || !Visibility.IsVisible(counterpart))
            {
                yield return $"{type.FullName}: not visible in the real {real.GetName().Name}";
                continue;
            }
            var comparison = new TypeComparison(type, counterpart);
            foreach (var defect in comparison.Defects()) yield return $"{type.FullName}: {defect}";
            Members += comparison.Members;
        }
    }
}
