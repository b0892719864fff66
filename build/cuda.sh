#!/usr/bin/env bash
# Builds the TorchSharp stand-in against a CUDA libtorch, runs the tests that need a CUDA device, and the step benchmark on it.
#
#   Torch_DIR=/path/to/libtorch/share/cmake/Torch build/cuda.sh [BENCHMARK ARGUMENT...]
#
# Needs an NVIDIA driver, the CUDA toolkit that the libtorch was built with (its cmake files look for it), g++ and cmake.
# With the real TorchSharp none of this is needed: Torch=cuda-linux ./build.sh test.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

fail() { printf '%s\n' "$@" >&2; exit 1; }
[ -n "${Torch_DIR:-}" ] || fail "Set Torch_DIR to the share/cmake/Torch of a libtorch 2.x with CUDA."
[ -e "$Torch_DIR/TorchConfig.cmake" ] || fail "'$Torch_DIR' holds no TorchConfig.cmake: it must be the share/cmake/Torch of a libtorch."
libraries=$(realpath -m "$Torch_DIR/../../../lib")
[ -e "$libraries/libtorch_cuda.so" ] || fail "'$libraries' holds no libtorch_cuda.so: this libtorch is for the CPU only."
if command -v nvidia-smi >/dev/null; then
    nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
else
    echo "nvidia-smi was not found; going on, but a driver may be missing."
fi

# Whatever was built before served another libtorch.
rm -rf build/standins/TorchSharp/obj/native
export Torch_DIR LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"

# Tests that need a device are skipped where libtorch finds none; here that is a failure.
log=$(mktemp)
./build.sh test --packages stand-in -- --filter "Category=RequiresCuda" 2>&1 | tee "$log"
tail -n 1 "$log" | grep -q ' 0 skipped$' || fail "Tests that need CUDA were skipped: libtorch found no device."

echo "float32, and bfloat16 factors:"
./build.sh bench --packages stand-in -- step --device cuda "$@"
echo "The same with TensorFloat-32 products:"
TORCH_ALLOW_TF32_CUBLAS_OVERRIDE=1 ./build.sh bench --packages stand-in -- step --device cuda "$@"
