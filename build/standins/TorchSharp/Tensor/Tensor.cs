using System.Runtime.CompilerServices;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>An array of numbers on some device: a handle to a native at::Tensor, owned by the innermost dispose scope.</summary>
    public partial class Tensor : IDisposable
    {
        private static long totalCount, peakCount;
        internal IntPtr handle;

        internal Tensor(IntPtr handle, bool register = true)
        {
            this.handle = handle;
            long now = Interlocked.Increment(ref totalCount);
            if (now > peakCount)
                peakCount = now;
            if (register)
                DisposeScopeManager.OfThread.Register(this);
        }

        ~Tensor() => Dispose(false);

        public static long TotalCount => totalCount;
        public static long PeakCount => peakCount;

        internal DisposeScope? OwningDisposeScope { get; set; }
        internal int PlaceInScope { get; set; }

        public string? name { get; set; }
        public bool IsInvalid => handle == 0;

        public IntPtr Handle
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get
            {
                if (handle == 0)
                    ThrowInvalid();
                return handle;
            }
        }

        private static void ThrowInvalid() => throw new InvalidOperationException("The tensor has no native tensor any more: it was disposed, perhaps with the dispose scope that it was made in, or it became a parameter.");

        /// <summary>Takes over a native at::Tensor* that other native code made.</summary>
        public static Tensor UnsafeCreateTensor(IntPtr handle) => new(handle);

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            nint native = Interlocked.Exchange(ref handle, 0);
            if (native == 0)
                return;
            Interlocked.Decrement(ref totalCount);
            if (disposing)
            {
                var counts = DisposeScopeManager.OfThread.Counts;
                if (OwningDisposeScope is { } scope)
                {
                    counts.DisposedInScopeCount++;
                    scope.Remove(this);
                }
                else
                    counts.DisposedOutsideScopeCount++;
            }
            Native.ts_delete(native);
        }

        /// <summary>Gives the native tensor away; this object is empty then.</summary>
        internal IntPtr MoveHandle()
        {
            nint native = Handle;
            handle = 0;
            Interlocked.Decrement(ref totalCount);
            GC.SuppressFinalize(this);
            return native;
        }

        public IntPtr DecoupleFromNativeHandle()
        {
            nint native = MoveHandle();
            OwningDisposeScope?.Remove(this);
            return native;
        }

        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.Move(OwningDisposeScope.Outer, this);
            return this;
        }

        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Move(null, this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.OwningDisposeScope);

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (OwningDisposeScope is { } scope)
                scope.Move(other, this);
            else
                other?.Attach(this);
            return this;
        }

        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);
        public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);
    }

}
