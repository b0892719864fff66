using System.Globalization;
using System.Text;

namespace TorchSharp;

public static partial class torch
{
    // Text for people. The brackets are those of each language; the spacing is our own.
    public partial class Tensor
    {
        public override string ToString() => Metadata();

        public string ToString(bool disamb, string? fltFormat = null, int? width = null, CultureInfo? cultureInfo = null, string? newLine = null)
            => disamb ? ToString(TensorStringStyle.Default, fltFormat, width, cultureInfo, newLine) : Metadata();

        public string ToString(TensorStringStyle style, string? fltFormat = null, int? width = null, CultureInfo? cultureInfo = null, string? newLine = null)
        {
            style = style == TensorStringStyle.Default ? torch.style : style;
            if (style == TensorStringStyle.Metadata || is_meta || is_complex())
                return Metadata();
            newLine ??= lineBreak;
            using var _ = no_grad();
            using var scope = NewDisposeScope();
            var text = new StringBuilder();
            if (style != TensorStringStyle.Numpy)
                text.Append(Metadata()).Append(ndim == 0 ? ", value = " : newLine);
            var (open, close) = style == TensorStringStyle.CSharp ? ('{', '}') : ('[', ']');
            Append(text, cpu(), 0, open, close, fltFormat ?? floatFormat, cultureInfo ?? CultureInfo.CurrentCulture, newLine);
            return text.ToString();
        }

        private string Metadata() => IsInvalid ? "" : $"[{string.Join('x', shape)}], type = {dtype}, device = {device}";

        private static void Append(StringBuilder text, Tensor t, int depth, char open, char close, string format, CultureInfo culture, string newLine)
        {
            if (t.ndim == 0)
            {
                text.Append(Number(t, format, culture));
                return;
            }
            long count = t.size(0), most = t.ndim == 1 ? maxColumns : maxRows;
            bool all = count <= most;
            text.Append(open);
            for (long k = 0; k < count; k++)
            {
                if (k > 0)
                    text.Append(t.ndim == 1 ? ", " : "," + newLine + new string(' ', depth + 1));
                if (!all && k == most - most / 2)
                {
                    text.Append("...").Append(t.ndim == 1 ? ", " : newLine + new string(' ', depth + 1));
                    k = count - most / 2;
                }
                Append(text, t[k], depth + 1, open, close, format, culture, newLine);
            }
            text.Append(close);
        }

        private static string Number(Tensor t, string format, CultureInfo culture)
        {
            var value = t.ToScalar();
            return value.Kind switch
            {
                Kind.Bool => value.ToBoolean() ? "true" : "false",
                Kind.Int => value.ToInt64().ToString(culture),
                _ when t.dtype == ScalarType.Float32 => value.ToSingle().ToString(format, culture),
                _ => value.ToDouble().ToString(format, culture)
            };
        }
    }
}
