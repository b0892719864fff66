using static TorchSharp.Aten;

namespace TorchSharp;

public enum FFTNormType { Backward = 0, Forward = 1, Ortho = 2 }

public static partial class torch
{
    public static partial class fft
    {
        public static Tensor fft_(Tensor input, long n = -1, long dim = -1, FFTNormType norm = FFTNormType.Backward) => One("fft_fft", input, n, dim, norm);
        public static Tensor ifft(Tensor input, long n = -1, long dim = -1, FFTNormType norm = FFTNormType.Backward) => One("fft_ifft", input, n, dim, norm);
        public static Tensor rfft(Tensor input, long n = -1, long dim = -1, FFTNormType norm = FFTNormType.Backward) => One("fft_rfft", input, n, dim, norm);
        public static Tensor irfft(Tensor input, long n = -1, long dim = -1, FFTNormType norm = FFTNormType.Backward) => One("fft_irfft", input, n, dim, norm);
        public static Tensor hfft(Tensor input, long n = -1, long dim = -1, FFTNormType norm = FFTNormType.Backward) => One("fft_hfft", input, n, dim, norm);
        public static Tensor ihfft(Tensor input, long n = -1, long dim = -1, FFTNormType norm = FFTNormType.Backward) => One("fft_ihfft", input, n, dim, norm);
        public static Tensor fft2(Tensor input, long[]? s = null, long[]? dim = null, FFTNormType norm = FFTNormType.Backward) => Several("fft_fft2", input, s, dim ?? [-2, -1], norm);
        public static Tensor ifft2(Tensor input, long[]? s = null, long[]? dim = null, FFTNormType norm = FFTNormType.Backward) => Several("fft_ifft2", input, s, dim ?? [-2, -1], norm);
        public static Tensor rfft2(Tensor input, long[]? s = null, long[]? dim = null, FFTNormType norm = FFTNormType.Backward) => Several("fft_rfft2", input, s, dim ?? [-2, -1], norm);
        public static Tensor irfft2(Tensor input, long[]? s = null, long[]? dim = null, FFTNormType norm = FFTNormType.Backward) => Several("fft_irfft2", input, s, dim ?? [-2, -1], norm);
        public static Tensor fftn(Tensor input, long[]? s = null, long[]? dim = null, FFTNormType norm = FFTNormType.Backward) => Several("fft_fftn", input, s, dim, norm);
        public static Tensor ifftn(Tensor input, long[]? s = null, long[]? dim = null, FFTNormType norm = FFTNormType.Backward) => Several("fft_ifftn", input, s, dim, norm);
        public static Tensor rfftn(Tensor input, long[]? s = null, long[]? dim = null, FFTNormType norm = FFTNormType.Backward) => Several("fft_rfftn", input, s, dim, norm);
        public static Tensor irfftn(Tensor input, long[]? s = null, long[]? dim = null, FFTNormType norm = FFTNormType.Backward) => Several("fft_irfftn", input, s, dim, norm);
        public static Tensor fftshift(Tensor input, long[]? dim = null) => Call("fft_fftshift", input, dim);
        public static Tensor ifftshift(Tensor input, long[]? dim = null) => Call("fft_ifftshift", input, dim);

        private static Tensor One(string op, Tensor input, long n, long dim, FFTNormType norm) => Call(op, input, n == -1 ? default(Arg) : n, dim, Name(norm));
        private static Tensor Several(string op, Tensor input, long[]? s, long[]? dim, FFTNormType norm) => Call(op, input, s, dim, Name(norm));
        private static string Name(FFTNormType norm) => norm switch { FFTNormType.Forward => "forward", FFTNormType.Ortho => "ortho", _ => "backward" };
    }
}
