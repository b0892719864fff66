using System.Reflection;
using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>The exports of native/standin.cpp. Those that return int return 0, or an error whose text <see cref="Check"/> throws.</summary>
internal static unsafe class Native
{
    private const string Library = "LibTorchSharp";

    [DllImport(Library)] private static extern byte* ts_error();
    [DllImport(Library)] internal static extern int ts_op(byte* name, byte* overload, out nint op);
    [DllImport(Library)] internal static extern int ts_call(nint op, Value* args, int n, Value* outs, int room, int* count);
    [DllImport(Library)] internal static extern void ts_rest(Value* outs);

    [DllImport(Library)] internal static extern void ts_delete(nint tensor);
    [DllImport(Library)] internal static extern long ts_live();
    [DllImport(Library)] internal static extern int ts_alias(nint tensor, out nint result);
    [DllImport(Library), SuppressGCTransition] internal static extern int ts_info(nint tensor, long* info);
    [DllImport(Library)] internal static extern int ts_flags(nint tensor, out int flags);
    [DllImport(Library), SuppressGCTransition] internal static extern int ts_shape(nint tensor, long* sizes, long* strides);
    [DllImport(Library)] internal static extern int ts_data(nint tensor, out nint data);
    [DllImport(Library)] internal static extern int ts_from_blob(nint data, delegate* unmanaged<nint, void> release, nint context, long* sizes, int dims, int dtype, out nint result);

    [DllImport(Library)] internal static extern int ts_grad(nint tensor, out nint result);
    [DllImport(Library)] internal static extern int ts_set_grad(nint tensor, nint grad);
    [DllImport(Library)] internal static extern int ts_requires_grad(nint tensor, byte value);
    [DllImport(Library)] internal static extern int ts_retain_grad(nint tensor);
    [DllImport(Library)] internal static extern int ts_backward(nint* tensors, int n, nint* grads, int ng, byte retain, byte create, nint* inputs, int ni);
    [DllImport(Library)] internal static extern int ts_autograd_grad(nint* outputs, int n, nint* inputs, int ni, nint* grads, int ng, byte retain, byte create, byte allowUnused, nint* results);
    [DllImport(Library), SuppressGCTransition] internal static extern int ts_grad_mode(int value);
    [DllImport(Library)] internal static extern byte ts_inference_enabled();
    [DllImport(Library)] internal static extern nint ts_inference_begin(byte on);
    [DllImport(Library)] internal static extern void ts_inference_end(nint mode);
    [DllImport(Library)] internal static extern void ts_fail(byte* text);
    [DllImport(Library)] internal static extern int ts_function(nint* inputs, int n, nint* outputs, int m, Callback* callback, nint* results);

    [DllImport(Library)] internal static extern int ts_manual_seed(ulong seed);
    [DllImport(Library)] internal static extern int ts_generator(int device, int index, byte fresh, out nint generator);
    [DllImport(Library)] internal static extern void ts_generator_delete(nint generator);
    [DllImport(Library)] internal static extern int ts_generator_seed(nint generator, byte set, ref ulong seed);
    [DllImport(Library)] internal static extern int ts_generator_state(nint generator, nint set, out nint state);
    [DllImport(Library)] internal static extern int ts_threads(byte interop, int set, out int threads);
    [DllImport(Library)] internal static extern int ts_cuda(out int count);
    [DllImport(Library)] internal static extern int ts_cudnn(out byte available);
    [DllImport(Library)] internal static extern int ts_cuda_synchronize(long device);
    [DllImport(Library)] private static extern byte* ts_version();
    [DllImport(Library)] private static extern void ts_keep_memory();

    [StructLayout(LayoutKind.Sequential)]
    internal struct Callback
    {
        public delegate* unmanaged<nint, nint*, int, nint*, int, int> Backward;
        public delegate* unmanaged<nint, void> Release;
        public nint Context;
    }

    internal static byte Flag(bool value) => value ? (byte)1 : (byte)0;

    internal static void Check(int code)
    {
        if (code != 0)
            Throw();
    }

    private static void Throw() => throw new ExternalException(Marshal.PtrToStringUTF8((nint)ts_error()) is { Length: > 0 } text ? text : "libtorch failed without a message.");

    internal static string Version => Marshal.PtrToStringUTF8((nint)ts_version())!;

    private static readonly Lock loading = new();
    private static bool loaded;

    /// <summary>Loads libtorch and the native half, or says which package is missing.</summary>
    internal static void Load()
    {
        if (loaded)
            return;
        lock (loading)
        {
            if (loaded)
                return;
            try
            {
                NativeLibrary.Load(Library, Assembly.GetExecutingAssembly(), null);
                ts_keep_memory();
                loaded = true;
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
            {
                throw new NotSupportedException(Missing(e.Message), e);
            }
        }
    }

    private static string Missing(string detail)
    {
        string here = AppContext.BaseDirectory, runtimes = Path.Combine(here, "runtimes"), file = "libLibTorchSharp.so";
        bool ours = File.Exists(Path.Combine(here, file))
            || Directory.Exists(runtimes) && Directory.EnumerateFiles(runtimes, file, SearchOption.AllDirectories).Any();
        string remedy = ours
            ? "libLibTorchSharp.so is there, but libtorch itself could not be loaded: on Debian or Ubuntu, install it with 'apt-get install libtorch-dev libopenblas0-openmp'."
            : "The application has no native library libLibTorchSharp.so: add a reference to the package TorchSharp-cpu.";
        return $"TorchSharp (stand-in) cannot load its native library. {remedy} The system says: {detail}";
    }
}
