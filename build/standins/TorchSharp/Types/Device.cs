namespace TorchSharp;

public enum DeviceType
{
    CPU = 0, CUDA = 1, MKLDNN = 2, OPENGL = 3, OPENCL = 4, IDEEP = 5, HIP = 6, FPGA = 7, MSNPU = 8, XLA = 9, MPS = 13, META = 14
}

public static partial class torch
{
    /// <summary>Where a tensor lives.</summary>
    public class Device
    {
        public DeviceType type { get; private set; }
        public int index { get; private set; } = -1;

        public Device(string description)
        {
            var parts = description.Split(':');
            type = Parse(parts[0]);
            if (parts.Length > 1)
                index = int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture);
        }

        public Device(string deviceType, int index = -1) => (type, this.index) = (Parse(deviceType), index);
        public Device(DeviceType deviceType, int index = -1) => (type, this.index) = (deviceType, index);
        public Device(int index) => (type, this.index) = (DeviceType.CUDA, index);

        private static DeviceType Parse(string name) => Enum.Parse<DeviceType>(name.ToUpperInvariant());

        public override string ToString() => type == DeviceType.CPU || index < 0 ? type.ToString().ToLowerInvariant() : $"{type.ToString().ToLowerInvariant()}:{index}";

        public static implicit operator Device(string description) => new(description);
    }

    public static readonly Device CPU = InitializeDevice(new Device(DeviceType.CPU));
    public static readonly Device META = InitializeDevice(new Device(DeviceType.META));
    public static Device CUDA => InitializeDevice(new Device(DeviceType.CUDA));

    /// <summary>Runs before the first use of any member: without libtorch, that is where it fails and says so.</summary>
    static torch() { }

    public static Device device(string description) => InitializeDevice(new Device(description));
    public static Device device(string deviceType, int index = -1) => InitializeDevice(new Device(deviceType, index));
    public static Device device(DeviceType deviceType, int index = -1) => InitializeDevice(new Device(deviceType, index));
    public static Device device(int index) => new(DeviceType.CUDA, index);

    public static string __version__ => Native.Version;

    public static bool TryInitializeDeviceType(DeviceType deviceType)
    {
        Native.Load();
        return deviceType switch
        {
            DeviceType.CPU or DeviceType.META => true,
            DeviceType.CUDA => CudaDevices() > 0,
            _ => false
        };
    }

    public static void InitializeDeviceType(DeviceType deviceType)
    {
        if (!TryInitializeDeviceType(deviceType))
            throw new InvalidOperationException($"Torch device type '{deviceType}' is not available: libtorch {__version__} finds no such device on this machine.");
    }

    public static Device InitializeDevice(Device? device)
    {
        device ??= get_default_device();
        InitializeDeviceType(device.type);
        return device;
    }

    private static Device? defaultDevice;

    public static Device get_default_device() => defaultDevice ?? CPU;
    public static void set_default_device(Device device) => defaultDevice = device;

    private static int CudaDevices()
    {
        Native.Check(Native.ts_cuda(out int count));
        return count;
    }

    public static bool cuda_is_available() => cuda.is_available();

    public static partial class cuda
    {
        public static bool is_available() => TryInitializeDeviceType(DeviceType.CUDA);
        public static int device_count() => CudaDevices();
        public static void manual_seed(long seed) => manual_seed_all(seed);

        public static bool is_cudnn_available()
        {
            Native.Check(Native.ts_cudnn(out byte available));
            return available != 0;
        }

        public static void manual_seed_all(long seed)
        {
            for (int k = 0; k < device_count(); k++)
                DefaultGenerator(new Device(DeviceType.CUDA, k)).manual_seed(seed);
        }

        public static void synchronize(Device? device = null) => Native.Check(Native.ts_cuda_synchronize(device?.index ?? -1));
    }
}
