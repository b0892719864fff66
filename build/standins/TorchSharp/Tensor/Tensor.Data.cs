using System.Numerics;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    // Reading and writing the numbers themselves.
    public unsafe partial class Tensor
    {
        internal nint DataPointer
        {
            get
            {
                Native.Check(Native.ts_data(Handle, out nint data));
                return data;
            }
        }

        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            ValidateType(typeof(T));
            return new TensorAccessor<T>(is_cpu() ? this : cpu());
        }

        internal void ValidateType(Type type)
        {
            var wanted = dtype switch
            {
                ScalarType.ComplexFloat32 => typeof((float, float)),
                ScalarType.ComplexFloat64 => typeof(Complex),
                var t => types.FirstOrDefault(pair => pair.Value == t).Key
            };
            if (type != wanted)
                throw new ArgumentException($"A tensor of type {dtype} holds {wanted?.Name ?? "no .NET type"}, not {type.Name}.");
        }

        public T item<T>() where T : unmanaged => numel() == 1
            ? data<T>()[0]
            : throw new ArgumentException($"item() needs a tensor with one element, this one has {numel()}.");

        public Scalar ToScalar() => new(Op.Of("item").CallValue(this));

        /// <summary>The memory itself, without a copy. Valid as long as the tensor lives.</summary>
        public Span<byte> bytes
        {
            get => Bytes(int.MaxValue);
            set
            {
                var mine = Bytes(int.MaxValue);
                if (mine.Length != value.Length)
                    throw new ArgumentException($"The tensor has {mine.Length} bytes, the given span {value.Length}.", nameof(value));
                value.CopyTo(mine);
            }
        }

        private Span<byte> Bytes(long limit)
        {
            if (!is_contiguous())
                throw new InvalidOperationException("The bytes of a tensor that is not contiguous cannot be reached in one piece: call contiguous() first.");
            if (!is_cpu())
                throw new InvalidOperationException($"The tensor is on {device}: move it to the CPU first.");
            long count = numel() * ElementSize;
            if (count > limit)
                throw new ArgumentException($"The tensor has {count} bytes, more than a span can hold.");
            return new Span<byte>((void*)DataPointer, (int)count);
        }

        public void WriteBytesToStream(Stream stream, int bufferSize = 1024) => EachPiece(piece => stream.Write(piece.Span));

        public void ReadBytesFromStream(Stream stream, int bufferSize = 1024) => EachPiece(piece => stream.ReadExactly(piece.Span));

        private void EachPiece(Action<NativeSpan> action)
        {
            Bytes(long.MaxValue);
            const int most = 1 << 20;
            long count = numel() * ElementSize;
            byte* data = (byte*)DataPointer;
            for (long done = 0; done < count; done += most)
                action(new NativeSpan(data + done, (int)Math.Min(most, count - done)));
            GC.KeepAlive(this);
        }

        private readonly struct NativeSpan(byte* data, int length)
        {
            public Span<byte> Span => new(data, length);
        }

        public double ReadCpuDouble(long i) => ReadCpuValue<double>(i);
        public float ReadCpuSingle(long i) => ReadCpuValue<float>(i);
        public int ReadCpuInt32(long i) => ReadCpuValue<int>(i);
        public long ReadCpuInt64(long i) => ReadCpuValue<long>(i);
        public byte ReadCpuByte(long i) => ReadCpuValue<byte>(i);
        public sbyte ReadCpuSByte(long i) => ReadCpuValue<sbyte>(i);
        public short ReadCpuInt16(long i) => ReadCpuValue<short>(i);
        public bool ReadCpuBool(long i) => ReadCpuValue<bool>(i);
        public T ReadCpuValue<T>(long i) where T : unmanaged => is_cpu()
            ? data<T>()[i]
            : throw new InvalidOperationException($"The tensor is on {device}: move it to the CPU first.");

        public static Tensor Load(BinaryReader reader) => TensorExtensionMethods.Load(reader);

        public static Tensor Load(Stream stream)
        {
            using var reader = new BinaryReader(stream);
            return Load(reader);
        }

        public static Tensor Load(string location)
        {
            using var stream = File.OpenRead(location);
            return Load(stream);
        }
    }
}
