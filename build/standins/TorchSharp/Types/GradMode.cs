namespace TorchSharp;

public static partial class torch
{
    /// <summary>Puts back the thread's gradient mode when disposed.</summary>
    private sealed class GradMode : IDisposable
    {
        private readonly int before;
        internal GradMode(bool enabled)
        {
            InitializeDeviceType(DeviceType.CPU);
            before = Native.ts_grad_mode(enabled ? 1 : 0);
        }

        public void Dispose() => Native.ts_grad_mode(before);
    }

    private sealed class InferenceMode(bool mode) : IDisposable
    {
        private nint native = Native.ts_inference_begin(Native.Flag(mode));

        public void Dispose()
        {
            if (native != 0)
                Native.ts_inference_end(native);
            native = 0;
        }
    }

    public static IDisposable no_grad() => new GradMode(false);
    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);
    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);
    public static bool is_grad_enabled() => Native.ts_grad_mode(-1) != 0;
    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);
    public static bool is_inference_mode_enabled() => Native.ts_inference_enabled() != 0;
}
