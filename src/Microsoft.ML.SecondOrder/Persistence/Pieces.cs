using System.Buffers;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>Bytes of a stream in pieces, as they were read: nothing is allocated before it is there, and nothing twice.</summary>
internal static class Pieces
{
    private const int ReadAtOnce = 1 << 20;

    /// <exception cref="FormatException">The stream ends before.</exception>
    public static ReadOnlySequence<byte> Read(BinaryReader reader, long bytes)
    {
        if (bytes < 0 || bytes > Array.MaxLength)
        {
            throw BodyReader.Damaged($"it announces a length of {bytes} bytes");
        }

        Piece? first = null;
        Piece? last = null;
        for (var read = 0L; read < bytes; read = last.RunningIndex + last.Memory.Length)
        {
            var piece = reader.ReadBytes((int)Math.Min(bytes - read, ReadAtOnce));
            if (piece.Length == 0)
            {
                throw BodyReader.Damaged($"it ends after {read} of {bytes} bytes");
            }

            last = new Piece(piece, last);
            first ??= last;
        }

        return first is null ? default : new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(byte[] bytes, Piece? before)
        {
            Memory = bytes;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
