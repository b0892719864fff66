using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>The kinds of values that cross to the native half; the same numbers in native/standin.cpp.</summary>
internal enum Kind { None, Tensor, Int, Double, Bool, Ints, Doubles, Bools, Tensors, String, Generator, Device }

/// <summary>A value as the native half sees it: 16 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct Value
{
    [FieldOffset(0)] public Kind Kind;
    [FieldOffset(4)] public int Length;
    [FieldOffset(8)] public long Int;
    [FieldOffset(8)] public double Double;
    [FieldOffset(8)] public nint Pointer;
}

/// <summary>One argument of an operator. Everything that an operator takes converts to it; <c>default</c> is "none".</summary>
internal readonly struct Arg
{
    internal readonly object? Object;
    internal readonly long Bits;
    internal readonly Kind Kind;

    private Arg(Kind kind, object? value, long bits = 0)
    {
        Kind = value is null && kind is not (Kind.Int or Kind.Double or Kind.Bool) ? Kind.None : kind;
        Object = value;
        Bits = bits;
    }

    private Arg(Kind kind, long bits)
    {
        Kind = kind;
        Bits = bits;
    }

    public static implicit operator Arg(Tensor? value) => new(Kind.Tensor, value);
    public static implicit operator Arg(long value) => new(Kind.Int, value);
    public static implicit operator Arg(int value) => new(Kind.Int, value);
    public static implicit operator Arg(double value) => new(Kind.Double, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Arg(bool value) => new(Kind.Bool, value ? 1 : 0);
    public static implicit operator Arg(ScalarType value) => new(Kind.Int, (long)value);
    public static implicit operator Arg(long? value) => value is { } v ? v : default(Arg);
    public static implicit operator Arg(int? value) => value is { } v ? v : default(Arg);
    public static implicit operator Arg(double? value) => value is { } v ? v : default(Arg);
    public static implicit operator Arg(bool? value) => value is { } v ? v : default(Arg);
    public static implicit operator Arg(ScalarType? value) => value is { } v ? v : default(Arg);
    public static implicit operator Arg(Scalar? value) => value is null ? default : new(value.Kind, value.Bits);
    public static implicit operator Arg(string? value) => new(Kind.String, value);
    public static implicit operator Arg(Device? value) => new(Kind.Device, value);
    public static implicit operator Arg(Generator? value) => new(Kind.Generator, value);
    public static implicit operator Arg(long[]? value) => new(Kind.Ints, value);
    public static implicit operator Arg(ReadOnlySpan<long> value) => new(Kind.Ints, value.ToArray());
    public static implicit operator Arg(Size value) => new(Kind.Ints, value.Shape);
    public static implicit operator Arg(double[]? value) => new(Kind.Doubles, value);
    public static implicit operator Arg(bool[]? value) => new(Kind.Bools, value);
    public static implicit operator Arg(Tensor?[]? value) => new(Kind.Tensors, value);
    public static implicit operator Arg(List<Tensor>? value) => new(Kind.Tensors, value?.ToArray());

    /// <summary>A list of tensors (C# allows no conversion from an interface).</summary>
    public static Arg List(IEnumerable<Tensor?>? value) => new(Kind.Tensors, value as Tensor?[] ?? value?.ToArray());

    /// <summary>How many 8-byte words of scratch memory the argument needs.</summary>
    internal int Words => Kind switch
    {
        Kind.Ints => Unsafe.As<long[]>(Object!).Length,
        Kind.Doubles => Unsafe.As<double[]>(Object!).Length,
        Kind.Bools => Unsafe.As<bool[]>(Object!).Length,
        Kind.Tensors => Unsafe.As<Tensor?[]>(Object!).Length,
        Kind.String => Unsafe.As<string>(Object!).Length * 3 / 8 + 1,
        _ => 0
    };

    /// <summary>Writes the argument; lists are copied to <paramref name="scratch"/>, which moves on.</summary>
    internal unsafe void Write(Value* to, ref long* scratch)
    {
        to->Kind = Kind;
        to->Length = 0;
        switch (Kind)
        {
            case Kind.Tensor:
                to->Pointer = Unsafe.As<Tensor>(Object!).Handle;
                return;
            case Kind.Generator:
                to->Pointer = Unsafe.As<Generator>(Object!).Handle;
                return;
            case Kind.Device:
                var device = Unsafe.As<Device>(Object!);
                to->Int = (long)device.type;
                to->Length = device.index;
                return;
            case Kind.String:
                string text = Unsafe.As<string>(Object!);
                to->Pointer = (nint)scratch;
                to->Length = System.Text.Encoding.UTF8.GetBytes(text, new Span<byte>(scratch, text.Length * 3));
                scratch += Words;
                return;
            case Kind.Ints or Kind.Doubles or Kind.Bools or Kind.Tensors:
                to->Pointer = (nint)scratch;
                to->Length = Words;
                WriteList(scratch);
                scratch += to->Length;
                return;
            default:
                to->Int = Bits;
                return;
        }
    }

    private unsafe void WriteList(long* scratch)
    {
        switch (Object)
        {
            case long[] ints: ints.CopyTo(new Span<long>(scratch, ints.Length)); break;
            case double[] doubles: doubles.CopyTo(new Span<double>(scratch, doubles.Length)); break;
            case bool[] bools: for (int k = 0; k < bools.Length; k++) scratch[k] = bools[k] ? 1 : 0; break;
            case Tensor?[] tensors: for (int k = 0; k < tensors.Length; k++) scratch[k] = tensors[k]?.Handle ?? 0; break;
        }
    }
}
