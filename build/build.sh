#!/usr/bin/env bash
# Sets up what is missing, builds, and runs. Linux; where the feeds hold the real packages, plain
# `dotnet run --project samples/QuickStart` and `dotnet test` do the same on every system.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
. build/packages.sh
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Every build and test of this machine shares two cores with libtorch: no idle build servers.
export MSBUILDDISABLENODEREUSE=1

usage() {
    cat <<'TEXT'
Usage: ./build.sh COMMAND [OPTION...] [-- ARGUMENT...]

  demo    set up, build, and train on generated delivery times; arguments go to samples/QuickStart,
          such as  ./build.sh demo -- --data taxi-fare-train.csv
  test    set up, build, and run all tests; arguments go to `dotnet test`
  bench   set up, build, and measure; arguments go to the benchmarks (default: overhead)
  pack    set up, build, and pack the product into artifacts/packages
  clean   delete everything that was built or downloaded into this folder

Options
  --packages auto|real|stand-in   which Microsoft.ML, AutoML and TorchSharp to use. auto (the default) takes the real
          packages where the feeds hold them and they load here, and a stand-in for each that is missing.

Environment
  Torch=cpu|cuda-linux|cuda-windows   the libtorch flavour of the real TorchSharp (default cpu)
  Torch_DIR                           a libtorch 2.x of your own for the stand-in (its share/cmake/Torch)
TEXT
}

command=${1:-}
[ $# -gt 0 ] && shift
choice=${SECONDORDER_PACKAGES:-auto}
while [ $# -gt 0 ]; do
    case $1 in
        --packages) choice=${2:?--packages needs auto, real or stand-in}; shift 2 ;;
        *) break ;;
    esac
done

# The rest is for the program; a -- before it, or after the name of a benchmark, is for the reader.
rest=()
for argument in "$@"; do
    [ "$argument" = -- ] || rest+=("$argument")
done
set -- ${rest[@]+"${rest[@]}"}

case $command in
    demo | test | bench | pack) ;;
    clean)
        rm -rf artifacts build/packages build/feed/*.nupkg build/feed/packages.txt
        find src test samples build/standins -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
        echo "Clean."
        exit 0 ;;
    *) usage; [ -z "$command" ] || [ "$command" = help ] || [ "$command" = --help ] || exit 2; exit 0 ;;
esac

require dotnet "the .NET 10 SDK (https://dotnet.microsoft.com/download)"
choose_packages "$choice"
echo "Packages: $(packages_line)"

# Quiet where all is well; the whole log where it is not.
dotnet_build() {
    dotnet build "$1" -c Release -v minimal --nologo > "$made/build.log" 2>&1 || { cat "$made/build.log" >&2; exit 1; }
}

case $command in
    demo)
        dotnet_build samples/QuickStart
        exec dotnet run -c Release --no-build --project samples/QuickStart -- "$@" ;;
    bench)
        dotnet_build test/Microsoft.ML.SecondOrder.Benchmarks
        exec dotnet run -c Release --no-build --project test/Microsoft.ML.SecondOrder.Benchmarks -- "$@" ;;
    pack)
        dotnet_build SecondOrder.sln
        dotnet pack SecondOrder.sln -c Release --no-build -v quiet --nologo -o artifacts/packages
        ls artifacts/packages ;;
    test)
        dotnet_build SecondOrder.sln
        run_tests "$@" ;;
esac
