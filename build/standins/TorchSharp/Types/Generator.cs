namespace TorchSharp;

public static partial class torch
{
    /// <summary>A source of random numbers with a state of its own.</summary>
    public class Generator : IDisposable
    {
        public IntPtr Handle { get; private set; }
        public Device device { get; private set; }

        internal Generator(IntPtr handle, Device device) => (Handle, this.device) = (handle, device);

        public Generator(ulong seed = 0, Device? device = null) : this(Create(device ?? CPU, true), device ?? CPU)
        {
            Native.Check(Native.ts_generator_seed(Handle, 1, ref seed));
        }

        ~Generator() => Dispose(false);

        public static Generator Default => DefaultGenerator(CPU);

        public Tensor get_state()
        {
            Native.Check(Native.ts_generator_state(Handle, 0, out nint state));
            return new Tensor(state);
        }

        public void set_state(Tensor value)
        {
            ArgumentNullException.ThrowIfNull(value);
            Native.Check(Native.ts_generator_state(Handle, value.Handle, out _));
            GC.KeepAlive(value);
        }

        public Generator manual_seed(long seed)
        {
            ulong value = unchecked((ulong)seed);
            Native.Check(Native.ts_generator_seed(Handle, 1, ref value));
            return this;
        }

        public long seed()
        {
            long value = Random.Shared.NextInt64();
            manual_seed(value);
            return value;
        }

        public long initial_seed()
        {
            ulong value = 0;
            Native.Check(Native.ts_generator_seed(Handle, 0, ref value));
            return unchecked((long)value);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (Handle != 0)
                Native.ts_generator_delete(Handle);
            Handle = 0;
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        internal static IntPtr Create(Device device, bool fresh)
        {
            Native.Check(Native.ts_generator((int)device.type, device.index, Native.Flag(fresh), out nint handle));
            return handle;
        }
    }

    private static Generator DefaultGenerator(Device device) => new(Generator.Create(device, false), device);

    public static partial class random
    {
        public static long seed() => Generator.Default.seed();
        public static long initial_seed() => Generator.Default.initial_seed();
        public static Tensor get_rng_state() => Generator.Default.get_state();
        public static void set_rng_state(Tensor new_state) => Generator.Default.set_state(new_state);

        /// <summary>Seeds the default generators of all devices.</summary>
        public static Generator manual_seed(long seed)
        {
            Native.Check(Native.ts_manual_seed(unchecked((ulong)seed)));
            return Generator.Default;
        }
    }
}
