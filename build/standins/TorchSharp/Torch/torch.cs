namespace TorchSharp;

public static partial class torch
{
    // Scopes, threads, seeds, arrays as tensors.
    public static DisposeScope NewDisposeScope() => DisposeScopeManager.OfThread.Enter();
    public static DisposeScope? CurrentDisposeScope => DisposeScopeManager.OfThread.Current;

    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        using var scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }

    public static int get_num_threads() => Threads(0, 0);
    public static void set_num_threads(int num) => Threads(0, Positive(num));
    public static int get_num_interop_threads() => Threads(1, 0);
    public static void set_num_interop_threads(int num) => Threads(1, Positive(num));

    private static int Positive(int num) => num > 0 ? num : throw new ArgumentOutOfRangeException(nameof(num), num, "The number of threads must be positive.");

    private static int Threads(byte interop, int set)
    {
        Native.Check(Native.ts_threads(interop, set, out int threads));
        return threads;
    }

    public static long seed() => random.seed();
    public static long initial_seed() => random.initial_seed();
    public static Generator manual_seed(long seed) => random.manual_seed(seed);
    public static Tensor get_rng_state() => random.get_rng_state();
    public static void set_rng_state(Tensor new_state) => random.set_rng_state(new_state);

    public static Tensor from_array(Array rawArray, Device? device = null) => from_array(rawArray, null, device);

    public static Tensor from_array(Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false, string[]? names = null)
        => Named(names, Shared(rawArray, 0, ShapeOf(rawArray), dtype, device, requires_grad));

    public static Tensor as_tensor(Array data, ScalarType? dtype = null, Device? device = null) => from_array(data, dtype, device);
    public static Tensor as_tensor(Tensor data, ScalarType? dtype = null, Device? device = null) => data.to(dtype ?? data.dtype, device ?? data.device);

    public static Tensor frombuffer(Array rawArray, ScalarType dtype, long count = -1, long offset = 0, bool requires_grad = false)
    {
        if (offset < 0 || offset >= rawArray.LongLength)
            throw new ArgumentException($"The offset must lie in the array of {rawArray.LongLength} elements, but is {offset}.", nameof(offset));
        if (count > rawArray.LongLength - offset)
            throw new IndexOutOfRangeException($"From element {offset}, the array has {rawArray.LongLength - offset} elements, not {count}.");
        return Shared(rawArray, offset, [count < 0 ? rawArray.LongLength - offset : count], dtype, CPU, requires_grad);
    }

    /// <summary>A tensor on the array's own memory, which stays pinned until libtorch lets go of it.</summary>
    private static unsafe Tensor Shared(Array array, long offset, long[] shape, ScalarType? dtype, Device? device, bool requires_grad)
    {
        var element = array.GetType().GetElementType()!;
        if (!types.TryGetValue(element, out var type))
            throw new NotSupportedException($"No tensor can be made of elements of type {element.FullName}.");
        device = InitializeDevice(device);
        var pin = System.Runtime.InteropServices.GCHandle.Alloc(array, System.Runtime.InteropServices.GCHandleType.Pinned);
        fixed (long* sizes = shape)
        {
            int code = Native.ts_from_blob(pin.AddrOfPinnedObject() + (nint)(offset * type.ElementSize()), &Unpin,
                System.Runtime.InteropServices.GCHandle.ToIntPtr(pin), sizes, shape.Length, (int)type, out nint handle);
            if (code != 0)
                pin.Free();
            Native.Check(code);
            var result = new Tensor(handle);
            if (dtype is { } other && other != type || device.type != DeviceType.CPU)
            {
                using var near = result;
                result = near.to(dtype ?? type, device);
            }
            return result.requires_grad_(requires_grad);
        }
    }

    [System.Runtime.InteropServices.UnmanagedCallersOnly]
    private static void Unpin(nint handle) => System.Runtime.InteropServices.GCHandle.FromIntPtr(handle).Free();
}
