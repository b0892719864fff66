using System.Text.RegularExpressions;

namespace Microsoft.ML.SecondOrder.Tests;

/// <summary>The folders of the product are rooms in a row; each uses only rooms before it.</summary>
public sealed partial class RoomTests
{
    private static readonly string[] _rooms =
    [
        "Matrices", "Likelihoods", "Curvature", "Preconditioners", "Optimizers", "MarginalLikelihood",
        "Networks", "Training", "Persistence", "Scoring", "Reporting", "Selection", "Catalog",
    ];

    private static readonly string[] _tensorRooms = _rooms[..Array.IndexOf(_rooms, "Training")];

    [Fact]
    public void Rooms_use_only_rooms_before_them()
    {
        var upward = from file in Sources()
                     from used in Mentioned(file.Text)
                     where Array.IndexOf(_rooms, used) > Array.IndexOf(_rooms, file.Room)
                     select $"{file.Name} uses {used}";

        Assert.Empty(upward);
    }

    [Fact]
    public void Tensor_rooms_do_not_know_ml_net()
    {
        var seen = from file in Sources()
                   where _tensorRooms.Contains(file.Room) && MlNet().IsMatch(file.Text)
                   select file.Name;

        Assert.Empty(seen);
    }

    [Fact]
    public void Only_curvature_registers_hooks()
    {
        var hooks = from file in Sources()
                    where file.Room != "Curvature" && file.Text.Contains("register_forward", StringComparison.Ordinal)
                    select file.Name;

        Assert.Empty(hooks);
    }

    [Fact]
    public void Every_folder_is_a_room_and_every_file_is_in_the_namespace_of_its_folder()
    {
        var strange = from file in Sources()
                      where !_rooms.Contains(file.Room) || !Namespaces(file.Room).Any(n => file.Text.Contains($"namespace {n};", StringComparison.Ordinal))
                      select file.Name;

        Assert.Empty(strange);
    }

    [Fact]
    public void The_scan_finds_the_sources_and_sees_an_upward_use()
    {
        Assert.True(Sources().Count > 20);
        Assert.Equal(["Scoring"], Mentioned("using Microsoft.ML.SecondOrder.Scoring;"));
    }

    /// <summary>The catalog's types live where users look for them.</summary>
    private static string[] Namespaces(string room) => room == "Catalog"
        ? ["Microsoft.ML", "Microsoft.ML.SecondOrder", "Microsoft.ML.SecondOrder.Catalog"]
        : [$"Microsoft.ML.SecondOrder.{room}"];

    private static IEnumerable<string> Mentioned(string text) => Room().Matches(text).Select(m => m.Groups[1].Value).Where(_rooms.Contains);

    private static List<(string Room, string Name, string Text)> Sources()
    {
        var source = Path.Combine(Support.Repository.Root, "src", "Microsoft.ML.SecondOrder");
        return [.. Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Select(f => (Path.GetRelativePath(source, f), File.ReadAllText(f)))
            .Where(f => !f.Item1.StartsWith("obj", StringComparison.Ordinal) && !f.Item1.StartsWith("bin", StringComparison.Ordinal))
            .Select(f => (f.Item1.Split(Path.DirectorySeparatorChar)[0], f.Item1, f.Item2))];
    }

    [GeneratedRegex(@"Microsoft\.ML\.SecondOrder\.(\w+)")]
    private static partial Regex Room();

    [GeneratedRegex(@"^using (static )?Microsoft\.ML(;|\.(?!SecondOrder))", RegexOptions.Multiline)]
    private static partial Regex MlNet();
}
