using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>
/// One operator of libtorch, named as in its schema: "aten::add" and overload "Tensor". Found at the first call.
/// Arguments left out take the defaults of the schema; their number and kinds are checked natively.
/// </summary>
internal sealed unsafe class Op
{
    private static readonly ConcurrentDictionary<string, Op> known = new();
    private readonly string name, overload;
    private nint handle;

    private Op(string name, string overload)
    {
        this.name = name.Contains("::") ? name : "aten::" + name;
        this.overload = overload;
    }

    /// <summary>For a static readonly field of the caller.</summary>
    public static Op Get(string name, string overload = "") => new(name, overload);

    /// <summary>By one name, "add.Tensor"; about 15 ns.</summary>
    public static Op Of(string name) => known.TryGetValue(name, out var op) ? op : known.GetOrAdd(name, static n =>
    {
        int dot = n.IndexOf('.');
        return dot < 0 ? new Op(n, "") : new Op(n[..dot], n[(dot + 1)..]);
    });

    /// <summary>The first (usually the only) result.</summary>
    public Tensor Call(params ReadOnlySpan<Arg> args)
    {
        Value value;
        int count = Invoke(args, &value, 1);
        return count == 1 ? Wrap(value) : throw Unexpected(count, 1);
    }

    /// <summary>All results, as many as there are; the elements of a list of tensors count one by one.</summary>
    public Tensor[] CallMany(params ReadOnlySpan<Arg> args)
    {
        const int room = 16;
        Value* values = stackalloc Value[room];
        int count = Invoke(args, values, room);
        var rest = new Value[Math.Max(0, count - room)];
        if (rest.Length > 0)
            fixed (Value* more = rest)
                Native.ts_rest(more);
        var result = new Tensor[count];
        for (int k = 0; k < count; k++)
            result[k] = Wrap(k < room ? values[k] : rest[k - room]);
        return result;
    }

    public (Tensor, Tensor) CallPair(params ReadOnlySpan<Arg> args)
    {
        Value* values = stackalloc Value[2];
        int count = Invoke(args, values, 2);
        return count == 2 ? (Wrap(values[0]), Wrap(values[1])) : throw Unexpected(count, 2);
    }

    public (Tensor, Tensor, Tensor) CallTriple(params ReadOnlySpan<Arg> args)
    {
        Value* values = stackalloc Value[3];
        int count = Invoke(args, values, 3);
        return count == 3 ? (Wrap(values[0]), Wrap(values[1]), Wrap(values[2])) : throw Unexpected(count, 3);
    }

    /// <summary>For operators that change their first argument: returns that argument.</summary>
    public Tensor CallInPlace(params ReadOnlySpan<Arg> args)
    {
        Invoke(args, null, 0);
        return Unsafe.As<Tensor>(args[0].Object!);
    }

    /// <summary>For operators that return a number or a flag.</summary>
    public Value CallValue(params ReadOnlySpan<Arg> args)
    {
        Value value;
        int count = Invoke(args, &value, 1);
        return count == 1 ? value : throw Unexpected(count, 1);
    }

    public bool CallBool(params ReadOnlySpan<Arg> args) => CallValue(args).Int != 0;
    public long CallLong(params ReadOnlySpan<Arg> args) => CallValue(args).Int;

    public override string ToString() => overload.Length == 0 ? name : $"{name}.{overload}";

    [SkipLocalsInit]
    private int Invoke(ReadOnlySpan<Arg> args, Value* outs, int room)
    {
        const int small = 48;
        int words = 0;
        foreach (ref readonly var arg in args)
            words += arg.Words;
        Value* values = stackalloc Value[args.Length];
        long* stack = stackalloc long[small];
        long* scratch = words <= small ? stack : (long*)NativeMemory.Alloc((nuint)words, sizeof(long));
        try
        {
            long* free = scratch;
            for (int k = 0; k < args.Length; k++)
                args[k].Write(values + k, ref free);
            int count;
            int code = Native.ts_call(handle != 0 ? handle : Resolve(), values, args.Length, outs, room, &count);
            foreach (ref readonly var arg in args)
                GC.KeepAlive(arg.Object);
            Native.Check(code);
            return count;
        }
        finally
        {
            if (words > small)
                NativeMemory.Free(scratch);
        }
    }

    private nint Resolve()
    {
        InitializeDeviceType(DeviceType.CPU);
        fixed (byte* n = Encoding.UTF8.GetBytes(name + '\0'), o = Encoding.UTF8.GetBytes(overload + '\0'))
        {
            Native.Check(Native.ts_op(n, o, out nint found));
            return handle = found;
        }
    }

    private static Tensor Wrap(Value value) => value.Kind switch
    {
        Kind.Tensor => value.Pointer != 0 ? new Tensor(value.Pointer) : null!,   // an undefined tensor, e.g. an unused gradient
        _ => null!
    };

    private InvalidOperationException Unexpected(int count, int wanted) => new($"Operator {this} gave {count} results, {wanted} expected.");
}

/// <summary>Operators by their one name: <c>Aten.Call("add.Tensor", a, b)</c>. Meant for <c>using static</c>.</summary>
internal static class Aten
{
    /// <summary>A list of sizes or dimensions.</summary>
    public static long[] Ints(params long[] values) => values;

    public static Tensor Call(string op, params ReadOnlySpan<Arg> args) => Op.Of(op).Call(args);
    public static Tensor InPlace(string op, params ReadOnlySpan<Arg> args) => Op.Of(op).CallInPlace(args);
    public static Tensor[] Many(string op, params ReadOnlySpan<Arg> args) => Op.Of(op).CallMany(args);
    public static (Tensor, Tensor) Pair(string op, params ReadOnlySpan<Arg> args) => Op.Of(op).CallPair(args);
    public static (Tensor, Tensor, Tensor) Triple(string op, params ReadOnlySpan<Arg> args) => Op.Of(op).CallTriple(args);
}
