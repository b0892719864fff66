using System.Runtime.InteropServices;
using System.Text;

namespace TorchSharp;

public static partial class torch
{
    public static partial class autograd
    {
        /// <summary>What forward leaves for backward.</summary>
        public class AutogradContext : IDisposable
        {
            private readonly Dictionary<string, object> data = [];
            private List<Tensor> saved = [];

            internal AutogradContext() { }

            internal List<Tensor> NotDifferentiable { get; private set; } = [];
            public bool MaterializeGrads { get; private set; } = true;

            public void save_for_backward(List<Tensor> tensors)
            {
                saved.ForEach(t => t?.Dispose());
                saved = tensors.ConvertAll(t => t is null || t.IsInvalid ? null! : t.alias().DetachFromDisposeScope());
            }

            public List<Tensor> get_saved_variables() => saved.ConvertAll(t => t?.alias()!);
            public void save_data(string key, object value) => data[key] = value;
            public object get_data(string key) => data.GetValueOrDefault(key)!;
            public void mark_dirty(List<Tensor> tensors) { }
            public void mark_non_differentiable(List<Tensor> tensors) => NotDifferentiable = [.. tensors];
            public void set_materialize_grads(bool value) => MaterializeGrads = value;

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                saved.ForEach(t => t?.Dispose());
                saved.Clear();
            }
        }

        /// <summary>A differentiable function written in managed code.</summary>
        public abstract class Function<T> where T : Function<T>, new()
        {
            private static readonly T instance = new();

            public abstract string Name { get; }
            internal abstract List<Tensor> Forward(AutogradContext context, object[] vars);
            internal abstract List<Tensor> Backward(AutogradContext context, List<Tensor> grads);

            public static List<Tensor> apply_internal(params object[] vars)
            {
                var context = new AutogradContext();
                var places = Enumerable.Range(0, vars.Length).Where(k => vars[k] is Tensor { IsInvalid: false }).ToArray();
                var inputs = Array.ConvertAll(places, k => (Tensor)vars[k]);
                bool tracked = is_grad_enabled() && inputs.Any(t => t.requires_grad);
                List<Tensor> outputs;
                using (no_grad())
                    outputs = instance.Forward(context, vars);
                if (!tracked)
                {
                    context.Dispose();
                    return outputs;
                }
                var call = new Call(context, places, vars.Length, outputs.ConvertAll(t => t.shape), [.. outputs.Select(t => t.dtype)], [.. outputs.Select(t => t.device)]);
                var results = Attach(call, inputs, outputs);
                foreach (var output in outputs)
                    if (!inputs.Contains(output, ReferenceEqualityComparer.Instance))
                        output.Dispose();
                return results;
            }

            private static unsafe List<Tensor> Attach(Call call, Tensor[] inputs, List<Tensor> outputs)
            {
                nint[] from = Handles(inputs), to = Handles(outputs), results = new nint[to.Length];
                var tracked = outputs.Select(t => !call.Context.NotDifferentiable.Contains(t, ReferenceEqualityComparer.Instance)).ToArray();
                var callback = new Native.Callback { Backward = &OnBackward, Release = &OnRelease, Context = GCHandle.ToIntPtr(GCHandle.Alloc(call)) };
                fixed (nint* i = from, o = to, r = results)
                    Native.Check(Native.ts_function(i, from.Length, o, to.Length, &callback, r));
                GC.KeepAlive(inputs);
                var tensors = Array.ConvertAll(results, h => new Tensor(h)).ToList();
                for (int k = 0; k < tensors.Count; k++)
                    if (!tracked[k])
                        tensors[k].detach_();
                return tensors;
            }

            /// <summary>One use of the function in a graph; lives as long as its native node.</summary>
            private sealed record Call(AutogradContext Context, int[] Places, int Arguments, List<long[]> Shapes, ScalarType[] Types, Device[] Devices) : ICall
            {
                public void Run(ReadOnlySpan<nint> grads, Span<nint> results)
                {
                    using var scope = NewDisposeScope();
                    var given = new List<Tensor>();
                    for (int k = 0; k < grads.Length; k++)
                        given.Add(grads[k] != 0 ? new Tensor(grads[k]) : Context.MaterializeGrads ? zeros(Shapes[k], Types[k], Devices[k]) : null!);
                    var found = instance.Backward(Context, given);
                    if (found.Count < Arguments || found.Skip(Arguments).Any(t => t is not null))
                        throw new NotSupportedException($"Function '{instance.Name}' gave {found.Count} gradients for {Arguments} arguments.");
                    if (Enumerable.Range(0, Arguments).Except(Places).Any(k => found[k] is not null))
                        throw new NotSupportedException($"Function '{instance.Name}' gave a gradient for an argument that is no tensor.");
                    for (int k = 0; k < Places.Length; k++)
                        results[k] = found[Places[k]] is { } g ? g.alias().DecoupleFromNativeHandle() : 0;
                }
            }
        }

        private interface ICall
        {
            AutogradContext Context { get; }
            void Run(ReadOnlySpan<nint> grads, Span<nint> results);
        }

        [UnmanagedCallersOnly]
        private static unsafe int OnBackward(nint context, nint* grads, int n, nint* results, int m)
        {
            try
            {
                ((ICall)GCHandle.FromIntPtr(context).Target!).Run(new ReadOnlySpan<nint>(grads, n), new Span<nint>(results, m));
                return 0;
            }
            catch (Exception e)
            {
                fixed (byte* text = Encoding.UTF8.GetBytes($"{e.GetType().Name}: {e.Message}\0"))
                    Native.ts_fail(text);
                return 1;
            }
        }

        [UnmanagedCallersOnly]
        private static void OnRelease(nint context)
        {
            var handle = GCHandle.FromIntPtr(context);
            ((ICall)handle.Target!).Context.Dispose();
            handle.Free();
        }

        public abstract class SingleTensorFunction<T> : Function<T> where T : SingleTensorFunction<T>, new()
        {
            public abstract Tensor forward(AutogradContext ctx, params object[] vars);
            public abstract List<Tensor> backward(AutogradContext ctx, Tensor grad_output);
            public static Tensor apply(params object[] vars) => apply_internal(vars)[0];

            internal sealed override List<Tensor> Forward(AutogradContext context, object[] vars) => [forward(context, vars)];
            internal sealed override List<Tensor> Backward(AutogradContext context, List<Tensor> grads) => backward(context, grads[0]);
        }

        public abstract class MultiTensorFunction<T> : Function<T> where T : MultiTensorFunction<T>, new()
        {
            public abstract List<Tensor> forward(AutogradContext ctx, params object[] vars);
            public abstract List<Tensor> backward(AutogradContext ctx, List<Tensor> grad_outputs);
            public static List<Tensor> apply(params object[] vars) => apply_internal(vars);

            internal sealed override List<Tensor> Forward(AutogradContext context, object[] vars) => forward(context, vars);
            internal sealed override List<Tensor> Backward(AutogradContext context, List<Tensor> grads) => backward(context, grads);
        }
    }
}
