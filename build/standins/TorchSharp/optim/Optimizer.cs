#nullable disable
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public abstract partial class Optimizer : IDisposable
        {
            protected IList<ParamGroup> _parameter_groups;

            // The handle is that of a native optimizer, and there are none here.
            protected Optimizer(IntPtr handle)
            {
                if (handle != IntPtr.Zero)
                    throw new NotSupportedException($"Optimizer(IntPtr) was given the handle {handle}, but here it takes only IntPtr.Zero: an optimizer must be managed, with step, zero_grad and parameters overridden.");
            }

            ~Optimizer() => Dispose(false);

            public virtual IEnumerable<ILearningRateController> ParamGroups => _parameter_groups;

            public virtual void zero_grad() => throw NotOverridden();
            public virtual Tensor step(Func<Tensor> closure = null) => throw NotOverridden();
            public virtual IEnumerable<Parameter> parameters() => throw NotOverridden();
            public virtual void add_param_group(ParamGroup param_group) => throw new NotImplementedException("add_param_group");

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing) { }

            private NotSupportedException NotOverridden([System.Runtime.CompilerServices.CallerMemberName] string member = null)
                => new($"{GetType().Name} does not override {member}, and there is no native optimizer to do it.");

            /// <summary>Options and state of an optimizer, as objects.</summary>
            public class StateDictionary
            {
                internal StateDictionary() { }

                public List<OptimizerOptions> Options { get; private set; } = new();
                public List<OptimizerState> State { get; private set; } = new();
                public List<List<int>> StateIndexRef { get; private set; } = new();
            }
        }

        public interface ILearningRateController
        {
            double LearningRate { set; get; }
            double InitialLearningRate { set; get; }
        }

        public interface IMomentum
        {
            double Momentum { get; set; }
        }

        public interface IBetas
        {
            (double, double) Betas { get; set; }
        }
    }
}
