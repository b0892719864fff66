using StbImageWriteSharp;

namespace ImageClassification;

/// <summary>Draws pictures side by side into one PNG file.</summary>
internal static class MistakeSheet
{
    private const int Columns = 10;
    private const int Zoom = 3;
    private const int Gap = 4;

    public static void Save(string path, Album album, IReadOnlyList<float[]> pictures)
    {
        var rows = Math.Max(1, (pictures.Count + Columns - 1) / Columns);
        var (cellWidth, cellHeight) = (album.Width * Zoom + Gap, album.Height * Zoom + Gap);
        var (width, height) = (Columns * cellWidth + Gap, rows * cellHeight + Gap);
        var sheet = new byte[width * height];
        Array.Fill<byte>(sheet, 60);
        for (var i = 0; i < pictures.Count; i++)
        {
            for (var p = 0; p < album.Width * Zoom * album.Height * Zoom; p++)
            {
                var (x, y) = (p % (album.Width * Zoom), p / (album.Width * Zoom));
                var at = (i / Columns * cellHeight + Gap + y) * width + i % Columns * cellWidth + Gap + x;
                sheet[at] = (byte)Math.Clamp(pictures[i][y / Zoom * album.Width + x / Zoom], 0, 255);
            }
        }

        using var file = File.Create(path);
        new ImageWriter().WritePng(sheet, width, height, ColorComponents.Grey, file);
    }
}
