using System.Runtime.InteropServices;

namespace TorchSharp;

public static partial class torch
{
    public enum InterpolationMode
    {
        Nearest = 0,
        Linear = 1,
        Bilinear = 2,
        Bicubic = 3,
        Trilinear = 4,
        Area = 5,
        NearestExact = 6
    }

    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>Resamples the dimensions after batch and channel, to a size or by factors.</summary>
            public static Tensor interpolate(Tensor x, long[]? size = null, double[]? scale_factor = null, InterpolationMode mode = InterpolationMode.Nearest, bool? align_corners = null, bool recompute_scale_factor = false, bool antialias = false)
            {
                var spatial = (int)x.dim() - 2;
                if (size is null == scale_factor is null) throw Refused("expects either size or scale_factor, and not both");
                if ((size?.Length ?? scale_factor!.Length) != spatial) throw Refused($"expects {spatial} sizes or factors for a tensor of {x.dim()} dimensions, but got {size?.Length ?? scale_factor!.Length}");
                if (size is null && (recompute_scale_factor || mode == InterpolationMode.Area))
                {
                    size = scale_factor!.Select((factor, i) => (long)Math.Floor(x.shape[i + 2] * factor)).ToArray();
                    scale_factor = null;
                }

                var op = Resampler(mode, spatial, antialias);
                if (mode == InterpolationMode.Area) return Aten.Call(op, x, size);
                if (mode is not (InterpolationMode.Nearest or InterpolationMode.NearestExact))
                    return Aten.Call(op, x, size, align_corners ?? false, scale_factor);
                if (align_corners is not null) throw Refused($"has align_corners for Linear, Bilinear, Bicubic and Trilinear, not for {mode}");
                return Aten.Call(op, x, size, scale_factor);
            }

            private static string Resampler(InterpolationMode mode, int spatial, bool antialias) => (mode, spatial, antialias) switch
            {
                (InterpolationMode.Nearest, >= 1 and <= 3, false) => $"upsample_nearest{spatial}d.vec",
                (InterpolationMode.NearestExact, >= 1 and <= 3, false) => $"_upsample_nearest_exact{spatial}d.vec",
                (InterpolationMode.Area, >= 1 and <= 3, false) => $"adaptive_avg_pool{spatial}d",
                (InterpolationMode.Linear, 1, false) => "upsample_linear1d.vec",
                (InterpolationMode.Trilinear, 3, false) => "upsample_trilinear3d.vec",
                (InterpolationMode.Bilinear, 2, false) => "upsample_bilinear2d.vec",
                (InterpolationMode.Bilinear, 2, true) => "_upsample_bilinear2d_aa.vec",
                (InterpolationMode.Bicubic, 2, false) => "upsample_bicubic2d.vec",
                (InterpolationMode.Bicubic, 2, true) => "_upsample_bicubic2d_aa.vec",
                _ => throw Refused($"does not do {mode}{(antialias ? " with antialias" : "")} on {spatial} dimensions after batch and channel")
            };

            private static ExternalException Refused(string what) => new($"interpolate {what}.");
        }
    }
}
