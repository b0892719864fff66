using System.Runtime.CompilerServices;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules
{
    /// <summary>Modules in a row. Every intermediate result is disposed as soon as the next module has used it.</summary>
    public class Sequential : Module<Tensor, Tensor>
    {
        private readonly List<(string Name, IModule<Tensor, Tensor> Item)> _modules = new();

        internal Sequential() : base("torch::nn::SequentialImpl") { }

        protected Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) : this()
        {
            foreach (var (name, module) in modules) Add(name, module);
        }

        protected Sequential(params Module<Tensor, Tensor>[] modules) : this()
        {
            foreach (var module in modules) Add(module);
        }

        public int Count => _modules.Count;

        [IndexerName("SequentialItems")]
        public IModule<Tensor, Tensor> this[int index] => _modules[index].Item;

        [IndexerName("SequentialItems")]
        public Sequential this[(int? start, int? end) index] => Slice(index.start ?? 0, index.end ?? Count);

        [IndexerName("SequentialItems")]
        public Sequential this[Range index] => Slice(index.Start.GetOffset(Count), index.End.GetOffset(Count));

        public Sequential append(string name, IModule<Tensor, Tensor> module)
        {
            Add(name, module);
            return this;
        }

        public Sequential append(IModule<Tensor, Tensor> module)
        {
            Add(module);
            return this;
        }

        public override Tensor forward(Tensor tensor)
        {
            if (Count == 0) return tensor.alias();
            var current = tensor;
            foreach (var (_, module) in _modules)
            {
                var next = module.call(current);
                if (!ReferenceEquals(current, tensor)) current.Dispose();
                current = next;
            }
            return current;
        }

        public override nn.Module apply(Action<nn.Module> fn)
        {
            foreach (var (_, module) in Children) module.apply(fn);
            fn(this);
            return this;
        }

        public override IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
        {
            if (!recurse) yield break;
            var seen = new HashSet<IntPtr> { IntPtr.Zero };
            foreach (var (child, module) in Children)
                foreach (var (name, parameter) in module.named_parameters(true))
                    if (seen.Add(parameter.handle))
                        yield return ($"{child}.{name}", parameter);
        }

        public override IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_persistent = true)
        {
            if (!recurse) yield break;
            var seen = new HashSet<IntPtr> { IntPtr.Zero };
            foreach (var (child, module) in Children)
                foreach (var (name, buffer) in module.named_buffers(true, include_persistent))
                    if (seen.Add(buffer.handle))
                        yield return ($"{child}.{name}", buffer);
        }

        public override IEnumerable<(string name, nn.Module module)> named_children() => Children;

        public override IEnumerable<(string name, nn.Module module)> named_modules()
        {
            foreach (var entry in Children) yield return entry;
            foreach (var (child, module) in Children)
                foreach (var (name, descendant) in module.named_modules())
                    yield return ($"{child}.{name}", descendant);
        }

        protected internal override nn.Module _to(ScalarType dtype, bool non_blocking)
        {
            foreach (var (_, module) in Children) module._to(dtype, non_blocking);
            return this;
        }

        protected internal override nn.Module _to(Device device, ScalarType dtype, bool non_blocking)
        {
            foreach (var (_, module) in Children) module._to(device, dtype, non_blocking);
            return this;
        }

        protected internal override nn.Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
        {
            foreach (var (_, module) in Children) module._to(deviceType, deviceIndex, non_blocking);
            return this;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                foreach (var (_, module) in Children) module.Dispose();
            base.Dispose(disposing);
        }

        internal void Add(string name, IModule<Tensor, Tensor> module) => _modules.Add((name, module));

        internal void Add(IModule<Tensor, Tensor> module) => Add(Count.ToString(), module);

        private IEnumerable<(string name, nn.Module module)> Children => _modules.Select(entry => (entry.Name, (nn.Module)entry.Item));

        private Sequential Slice(int start, int end)
        {
            if (start < 0 || start > Count) throw new IndexOutOfRangeException($"{start} is not a valid index.");
            if (end < 0 || end > Count) throw new IndexOutOfRangeException($"{end} is not a valid index.");
            var slice = new Sequential();
            for (var i = start; i < end; i++) slice._modules.Add(_modules[i]);
            return slice;
        }
    }
}

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class nn
        {
            public static Sequential Sequential() => new();

            public static Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules)
                => Row(modules);

            public static Sequential Sequential(params Module<Tensor, Tensor>[] modules)
                => Row(modules);

            public static Sequential Sequential(params Tuple<string, Module<Tensor, Tensor>>[] modules)
                => Row(modules.Select(entry => (entry.Item1, entry.Item2)));

            public static Sequential Sequential(IEnumerable<(string name, Module<Tensor, Tensor> submodule)> modules)
                => Row(modules);

            public static Sequential Sequential(IEnumerable<Tuple<string, Module<Tensor, Tensor>>> modules)
                => Row(modules.Select(entry => (entry.Item1, entry.Item2)));

            public static Sequential Sequential(IEnumerable<Module<Tensor, Tensor>> modules)
                => Row(modules);

            private static Sequential Row(IEnumerable<(string, Module<Tensor, Tensor>)> modules)
            {
                var row = new Sequential();
                foreach (var (name, module) in modules) row.Add(name, module);
                return row;
            }

            private static Sequential Row(IEnumerable<Module<Tensor, Tensor>> modules)
            {
                var row = new Sequential();
                foreach (var module in modules) row.Add(module);
                return row;
            }
        }
    }
}
