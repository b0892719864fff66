namespace ApiCheck;

/// <summary>
/// Compares stand-ins with the real assemblies: whatever a program can see of a stand-in, the real assembly must have
/// with the same signature, or the program would not build on the real package.
/// </summary>
internal static class Program
{
    private const string Usage = """
        ApiCheck [--allow <file>] <stand-in.dll> <real.dll> [<stand-in.dll> <real.dll> ...]
        Prints each visible type or member of a stand-in that the real assembly lacks or has otherwise.
        Exit code: 0 none, 1 some, 2 wrong arguments.
        """;

    private static int Main(string[] args)
    {
        var allowed = AllowList.Default();
        if (args is ["--allow", var file, ..])
        {
            allowed = AllowList.Read(file);
            args = args[2..];
        }
        if (args.Length == 0 || args.Length % 2 != 0 || args.FirstOrDefault(a => !File.Exists(a)) is { } missing && Complain($"No such file: {missing}"))
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }

        var found = 0;
        var standIns = args.Where((_, i) => i % 2 == 0).ToArray();
        var reals = args.Where((_, i) => i % 2 == 1).ToArray();
        using var ours = MetadataReader.Over(standIns);
        using var theirs = MetadataReader.Over(reals);
        foreach (var (standIn, real) in standIns.Zip(reals))
        {
            var comparison = new AssemblyComparison(ours.LoadFromAssemblyPath(Path.GetFullPath(standIn)), theirs.LoadFromAssemblyPath(Path.GetFullPath(real)));
            var defects = comparison.Defects().Where(d => !allowed.Contains(d)).Distinct().Order(StringComparer.Ordinal).ToList();
            defects.ForEach(Console.WriteLine);
            Console.WriteLine($"{Path.GetFileName(standIn)}: {comparison.Types} types, {comparison.Members} members, {defects.Count} differences.");
            found += defects.Count;
        }
        foreach (var unused in allowed.Unused) Console.WriteLine($"Not needed in the allow-list: {unused}");
        return found == 0 ? 0 : 1;
    }

    private static bool Complain(string text)
    {
        Console.Error.WriteLine(text);
        return true;
    }
}
