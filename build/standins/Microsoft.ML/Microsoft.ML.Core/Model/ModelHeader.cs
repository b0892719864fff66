using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.Runtime;
using static Microsoft.ML.Runtime.Contracts;

namespace Microsoft.ML;

/// <summary>
/// The first 256 bytes of every Model.key, in ML.NET's layout. After it come the component's own bytes, the table of its
/// strings, the name of the assembly that loads it, and a tail. Positions count from the start of the header.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = Size)]
internal struct ModelHeader
{
    public const int Size = 0x100;

    private const ulong SignatureValue = 0x4C45444F4D004C4D;     // "ML\0MODEL"
    private const ulong TailValue = 0x4D4C004D4F44454C;
    private const uint Version = 0x00010002;
    private const uint OldestVersion = 0x00010001;

    public ulong Signature;
    public uint VerWritten;
    public uint VerReadable;
    public long FpModel;
    public long CbModel;
    public long FpStringTable;
    public long CbStringTable;
    public long FpStringChars;
    public long CbStringChars;
    public ulong ModelSignature;
    public uint ModelVerWritten;
    public uint ModelVerReadable;
    public ulong LoaderSignature0;
    public ulong LoaderSignature1;
    public ulong LoaderSignature2;
    public ulong LoaderSignatureAlt0;
    public ulong LoaderSignatureAlt1;
    public ulong LoaderSignatureAlt2;
    public long FpTail;
    public long FpLim;
    public long FpAssemblyName;
    public uint CbAssemblyName;

    public readonly string LoaderSignature => Unpack(LoaderSignature0) + Unpack(LoaderSignature1) + Unpack(LoaderSignature2);

    /// <summary>Up to eight one-byte characters as a number, the first in the lowest byte.</summary>
    public static ulong Pack(string text)
    {
        ulong packed = 0;
        for (int i = 0; i < text.Length; i++)
        {
            Check(text[i] <= 0xFF, $"'{text}' must be written in one-byte characters");
            packed |= (ulong)text[i] << i * 8;
        }

        return packed;
    }

    /// <summary>Leaves room for the header.</summary>
    public static void BeginWrite(BinaryWriter writer, out long start, out ModelHeader header)
    {
        start = writer.BaseStream.Position;
        header = new ModelHeader { Signature = SignatureValue, VerWritten = Version, VerReadable = Version, FpModel = Size };
        writer.Write(new byte[Size]);
    }

    public void SetVersionInfo(VersionInfo ver)
    {
        ModelSignature = ver.ModelSignature;
        ModelVerWritten = ver.VerWrittenCur;
        ModelVerReadable = ver.VerReadableCur;
        (LoaderSignature0, LoaderSignature1, LoaderSignature2) = Pack24(ver.LoaderSignature);
        (LoaderSignatureAlt0, LoaderSignatureAlt1, LoaderSignatureAlt2) = Pack24(ver.LoaderSignatureAlt);
    }

    /// <summary>Writes what follows the component's bytes, then goes back and writes the header itself.</summary>
    public void EndWrite(BinaryWriter writer, long start, IReadOnlyList<string> strings, string loaderAssemblyName)
    {
        long Position() => writer.BaseStream.Position - start;

        CbModel = Position() - FpModel;
        if (strings.Count > 0)
        {
            FpStringTable = Position();
            long end = 0;
            foreach (var text in strings)
                writer.Write(end += text.Length * sizeof(char));
            CbStringTable = Position() - FpStringTable;
            FpStringChars = Position();
            foreach (var text in strings)
                writer.Write(Encoding.Unicode.GetBytes(text));
            CbStringChars = Position() - FpStringChars;
        }

        if (!string.IsNullOrEmpty(loaderAssemblyName))
        {
            FpAssemblyName = Position();
            CbAssemblyName = (uint)(loaderAssemblyName.Length * sizeof(char));
            writer.Write(Encoding.Unicode.GetBytes(loaderAssemblyName));
        }

        FpTail = Position();
        writer.Write(TailValue);
        FpLim = Position();

        writer.BaseStream.Position = start;
        writer.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<ModelHeader>(in this)));
        writer.BaseStream.Position = start + FpLim;
    }

    /// <summary>Reads and checks the header and what follows the component's bytes; leaves the reader at those bytes.</summary>
    public static void BeginRead(BinaryReader reader, out long start, out ModelHeader header, out string[] strings, out string loaderAssemblyName)
    {
        start = reader.BaseStream.Position;
        header = default;
        int read = reader.Read(MemoryMarshal.AsBytes(new Span<ModelHeader>(ref header)));
        CheckDecode(read == Size);
        CheckDecode(header.Signature == SignatureValue, "Wrong file type");
        CheckDecode(header.VerReadable <= header.VerWritten, "Corrupt file header");
        CheckDecode(header.VerReadable <= Version, "File is too new");
        CheckDecode(header.VerWritten >= OldestVersion, "File is too old");
        long next = CheckedEnd(header.FpModel, header.CbModel, Size);
        if (header.FpStringTable != 0)
        {
            next = CheckedEnd(header.FpStringTable, header.CbStringTable, next);
            next = CheckedEnd(header.FpStringChars, header.CbStringChars, next);
        }

        if (header.FpAssemblyName != 0)
            next = CheckedEnd(header.FpAssemblyName, header.CbAssemblyName, next);
        CheckDecode(header.FpTail == next && header.FpLim == next + sizeof(ulong));
        CheckDecode(reader.BaseStream.Length - start >= header.FpLim);

        strings = header.FpStringTable == 0 ? [] : ReadStrings(reader, start, header);
        loaderAssemblyName = header.FpAssemblyName == 0 ? null
            : Encoding.Unicode.GetString(ReadAt(reader, start + header.FpAssemblyName, header.CbAssemblyName));
        reader.BaseStream.Position = start + header.FpTail;
        CheckDecode(reader.ReadUInt64() == TailValue, "Corrupt model file tail");
        reader.BaseStream.Position = start + header.FpModel;
    }

    public readonly void EndRead(BinaryReader reader, long start)
    {
        CheckDecode(reader.BaseStream.Position - start == FpModel + CbModel);
        reader.BaseStream.Position = start + FpLim;
    }

    public readonly void CheckVersionInfo(VersionInfo ver)
    {
        CheckDecode(ModelSignature == ver.ModelSignature, "Unknown file type");
        CheckDecode(ModelVerReadable <= ModelVerWritten, "Corrupt file header");
        CheckDecode(ModelVerReadable <= ver.VerWrittenCur,
            $"Component '{ver.LoaderSignature}' of the model is too new: its version is {ModelVerReadable}, the newest known is {ver.VerWrittenCur}.");
        CheckDecode(ModelVerWritten >= ver.VerWeCanReadBack,
            $"Component '{ver.LoaderSignature}' of the model is too old: its version is {ModelVerWritten}, the oldest known is {ver.VerWeCanReadBack}.");
    }

    private static long CheckedEnd(long from, long count, long expectedFrom)
    {
        CheckDecode(from == expectedFrom && count >= 0 && count < int.MaxValue);
        return from + count;
    }

    private static string[] ReadStrings(BinaryReader reader, long start, in ModelHeader header)
    {
        var ends = MemoryMarshal.Cast<byte, long>(ReadAt(reader, start + header.FpStringTable, header.CbStringTable));
        var chars = Encoding.Unicode.GetString(ReadAt(reader, start + header.FpStringChars, header.CbStringChars));
        var strings = new string[ends.Length];
        int from = 0;
        for (int i = 0; i < strings.Length; i++)
        {
            CheckDecode(ends[i] % sizeof(char) == 0 && ends[i] / sizeof(char) >= from && ends[i] / sizeof(char) <= chars.Length);
            int to = (int)(ends[i] / sizeof(char));
            strings[i] = chars[from..to];
            from = to;
        }

        return strings;
    }

    private static byte[] ReadAt(BinaryReader reader, long position, long count)
    {
        reader.BaseStream.Position = position;
        return reader.ReadBytes((int)count);
    }

    private static (ulong, ulong, ulong) Pack24(string text)
    {
        text ??= "";
        Check(text.Length <= 24, $"Loader signature '{text}' must not be longer than 24 characters");
        text = text.PadRight(24, '\0');
        return (Pack(text[..8]), Pack(text[8..16]), Pack(text[16..]));
    }

    private static string Unpack(ulong packed)
        => string.Concat(Enumerable.Range(0, 8).Select(i => (char)(packed >> i * 8 & 0xFF)).TakeWhile(c => c != 0));
}
