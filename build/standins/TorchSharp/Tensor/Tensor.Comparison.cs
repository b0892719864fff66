using static TorchSharp.Aten;

namespace TorchSharp;

public static partial class torch
{
    // Comparisons: tensors of truth values.
    public partial class Tensor
    {
        public Tensor eq(Tensor target) => Call("eq.Tensor", this, target);
        public Tensor eq(Scalar target) => Call("eq.Scalar", this, target);
        public Tensor eq_(Tensor target) => InPlace("eq_.Tensor", this, target);
        public Tensor eq_(Scalar target) => InPlace("eq_.Scalar", this, target);
        public Tensor equal(Tensor target) => eq(target);
        public Tensor ne(Tensor target) => Call("ne.Tensor", this, target);
        public Tensor ne(Scalar target) => Call("ne.Scalar", this, target);
        public Tensor ne_(Tensor target) => InPlace("ne_.Tensor", this, target);
        public Tensor ne_(Scalar target) => InPlace("ne_.Scalar", this, target);
        public Tensor not_equal(Tensor target) => ne(target);
        public Tensor not_equal_(Tensor target) => ne_(target);
        public Tensor lt(Tensor target) => Call("lt.Tensor", this, target);
        public Tensor lt(Scalar target) => Call("lt.Scalar", this, target);
        public Tensor lt_(Tensor target) => InPlace("lt_.Tensor", this, target);
        public Tensor lt_(Scalar target) => InPlace("lt_.Scalar", this, target);
        public Tensor less(Tensor target) => lt(target);
        public Tensor le(Tensor target) => Call("le.Tensor", this, target);
        public Tensor le(Scalar target) => Call("le.Scalar", this, target);
        public Tensor le_(Tensor target) => InPlace("le_.Tensor", this, target);
        public Tensor le_(Scalar target) => InPlace("le_.Scalar", this, target);
        public Tensor less_equal(Tensor target) => le(target);
        public Tensor less_equal_(Tensor target) => le_(target);
        public Tensor gt(Tensor target) => Call("gt.Tensor", this, target);
        public Tensor gt(Scalar target) => Call("gt.Scalar", this, target);
        public Tensor gt_(Tensor target) => InPlace("gt_.Tensor", this, target);
        public Tensor gt_(Scalar target) => InPlace("gt_.Scalar", this, target);
        public Tensor greater(Tensor target) => gt(target);
        public Tensor ge(Tensor target) => Call("ge.Tensor", this, target);
        public Tensor ge(Scalar target) => Call("ge.Scalar", this, target);
        public Tensor ge_(Tensor target) => InPlace("ge_.Tensor", this, target);
        public Tensor ge_(Scalar target) => InPlace("ge_.Scalar", this, target);
        public Tensor greater_equal(Tensor target) => ge(target);
        public Tensor logical_and(Tensor other) => Call("logical_and", this, other);
        public Tensor logical_and_(Tensor other) => InPlace("logical_and_", this, other);
        public Tensor logical_or(Tensor other) => Call("logical_or", this, other);
        public Tensor logical_or_(Tensor other) => InPlace("logical_or_", this, other);
        public Tensor logical_xor(Tensor other) => Call("logical_xor", this, other);
        public Tensor logical_xor_(Tensor other) => InPlace("logical_xor_", this, other);
        public Tensor isclose(Tensor other, double rtol = 1E-05, double atol = 1E-08, bool nanEqual = false) => Call("isclose", this, other, rtol, atol, nanEqual);
        public Tensor isin(Tensor test_elements, bool assumeUnique = false, bool invert = false) => Call("isin.Tensor_Tensor", this, test_elements, assumeUnique, invert);
        public bool allclose(Tensor target, double rtol = 1E-05, double atol = 1E-08, bool equal_nan = false) => Op.Of("allclose").CallBool(this, target, rtol, atol, equal_nan);
        public bool Equals(Tensor target) => Op.Of("equal").CallBool(this, target);
    }
}
