# Which Microsoft.ML, Microsoft.ML.AutoML and TorchSharp the build uses. Sourced by build.sh; the working directory is the root.

feed=build/feed
cache=build/packages
made=artifacts/stand-ins
note=$feed/packages.txt     # what was decided last time: one line a package

die() { printf '%s\n' "$@" >&2; exit 1; }

require() { command -v "$1" >/dev/null || die "'$1' was not found. Install $2, then run this again."; }

# choose_packages auto|real|stand-in: leaves in the feed the stand-ins that are needed, and no other.
choose_packages() {
    local ml auto torch
    case $1 in
        real) ml=real auto=real torch=real ;;
        stand-in) ml=stand-in auto=stand-in torch=stand-in ;;
        auto) ml=$(probe Microsoft.ML) auto=$(probe Microsoft.ML.AutoML) torch=$(probe TorchSharp) ;;
        *) die "--packages must be auto, real or stand-in, but is '$1'." ;;
    esac

    # The real AutoML reaches internals of the real Microsoft.ML.
    [ "${ml%% *}" = real ] || auto=stand-in
    mkdir -p "$made"
    printf 'Microsoft.ML %s\nMicrosoft.ML.AutoML %s\nTorchSharp %s\n' "$ml" "$auto" "$torch" > "$made/chosen.txt"
    if [ "${ml%% *}" = real ]; then withdraw Microsoft.ML; else make_stand_in Microsoft.ML Microsoft.ML.Package; fi
    if [ "${auto%% *}" = real ]; then
        withdraw Microsoft.ML.AutoML
    else
        # Compiled against the Microsoft.ML that is used with it: the real one is signed, the stand-in is not.
        upon="Microsoft.ML ${ml%% *}" make_stand_in Microsoft.ML.AutoML Microsoft.ML.AutoML
    fi
    if [ "${torch%% *}" = real ]; then
        withdraw TorchSharp
    else
        require_libtorch
        make_native
        make_stand_in TorchSharp . TorchSharp-cpu
        # The stand-in serves whatever libtorch it was built against.
        export Torch=cpu
    fi
}

# One line that says what is used.
packages_line() {
    echo "Microsoft.ML $(described Microsoft.ML); Microsoft.ML.AutoML $(described Microsoft.ML.AutoML); TorchSharp $(described TorchSharp)"
}

described() {
    local kind
    kind=$(sed -n "s/^$1 //p" "$made/chosen.txt")
    case $kind in
        real*) echo "${kind#real}" | sed 's/^ *$/(real)/; s/^ *\([0-9].*\)/\1 (real)/' ;;
        *) echo "STAND-IN${kind#stand-in}" ;;
    esac
}

# probe PACKAGE: prints 'real VERSION' or 'stand-in (why)'. Remembered: the feeds are asked once.
probe() {
    local known
    known=$(sed -n "s/^$1 //p" "$note" 2>/dev/null || true)
    if [ -z "$known" ]; then
        known=$(ask_feeds "$1")
        printf '%s %s\n' "$1" "$known" >> "$note"
    fi
    echo "$known"
}

ask_feeds() {
    local folder version trouble
    forget "$1" # or it would be found where no source has the package
    folder=$(mktemp -d)
    cat > "$folder/probe.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup>$(references "$1")</ItemGroup>
</Project>
XML
    # In a folder of its own, so that only the user's sources are asked; the download is kept for the build.
    if ! dotnet restore "$folder/probe.csproj" --packages "$cache" -v quiet >/dev/null 2>&1; then
        echo "stand-in (no feed holds the real one)"
    else
        version=$(sed -n "s/.*\"$1\/\([0-9.]*\)\".*/\1/p" "$folder/obj/project.assets.json" | head -n 1)
        trouble=$([ "$1" = TorchSharp ] && native_trouble "$version" || true)
        if [ -z "$trouble" ]; then echo "real $version"; else echo "stand-in (the real $version does not load here: $trouble)"; fi
    fi
    rm -rf "$folder"
}

references() {
    case $1 in
        TorchSharp)
            echo '<PackageReference Include="TorchSharp" Version="0.106.0" />'
            echo "<PackageReference Include=\"TorchSharp-${Torch:-cpu}\" Version=\"0.106.0\" />" ;;
        Microsoft.ML.AutoML) echo '<PackageReference Include="Microsoft.ML.AutoML" Version="0.23.0" />' ;;
        *) echo '<PackageReference Include="Microsoft.ML" Version="5.0.0" />' ;;
    esac
}

# What keeps the real TorchSharp's native library from loading on this Linux, or nothing.
native_trouble() {
    local library libraries
    library=$(find "$cache/torchsharp/$1/runtimes/linux-x64" -name 'libLibTorchSharp.so' 2>/dev/null | head -n 1)
    [ -n "$library" ] || { echo "it has no library for this system"; return; }
    libraries=$(find "$cache" -path '*linux-x64/native/libtorch_cpu.so' -printf '%h\n' | head -n 1)
    LD_LIBRARY_PATH=$libraries ldd "$library" 2>&1 | sed -n "s/.*\(version .* not found\) .*/\1/p; s/^[[:space:]]*\(.*\) => not found.*/\1 not found/p" | head -n 1
}

# NuGet takes a package that lies in the cache, even where no source has it any more: forget the stand-in there too.
withdraw() {
    rm -f "$feed/$1".[0-9]*.nupkg "$feed/$1"-*.nupkg
    forget "$1"
}

# Removes a stand-in from the package cache, which knows versions, not contents.
forget() {
    local id
    id=$(echo "$1" | tr '[:upper:]' '[:lower:]')
    rm -rf "$cache/$id"/*.*.*.1 "$cache/$id"-cpu/*.*.*.1
}

# make_stand_in NAME PROJECT...: packs build/standins/NAME into the feed, unless its sources, and what it is built upon, are those of last time.
make_stand_in() {
    local name=$1 stamp="$made/$1.stamp" now project
    shift
    now="$(sources_hash "build/standins/$name" Directory.Build.props Directory.Packages.props)${upon:+, upon $upon}"
    if [ "$(cat "$stamp" 2>/dev/null)" != "$now" ] || ! compgen -G "$made/$name.[0-9]*.nupkg" >/dev/null; then
        echo "Building the stand-in for $name ..."
        for project in "$@"; do
            dotnet pack "build/standins/$name/$project" -c Release -v quiet --nologo -clp:ErrorsOnly -p:PackageOutputPath="$root/$made" >"$made/$name.log" 2>&1 \
                || { cat "$made/$name.log" >&2; die "The stand-in for $name could not be built."; }
        done
        forget "$name"
        echo "$now" > "$stamp"
    fi
    cp -u "$made/$name".[0-9]*.nupkg "$feed/"
    compgen -G "$made/$name-*.nupkg" >/dev/null && cp -u "$made/$name"-*.nupkg "$feed/"
    return 0
}

sources_hash() {
    find "$@" -type f \( -name '*.cs' -o -name '*.csproj' -o -name '*.props' -o -name '*.cpp' -o -name 'CMakeLists.txt' \) \
        -not -path '*/bin/*' -not -path '*/obj/*' -print0 | sort -z | xargs -0 cat | sha256sum | cut -d ' ' -f 1
}

require_libtorch() {
    local wanted="libtorch-dev libopenblas0-openmp"
    if [ -z "${Torch_DIR:-}" ] && ! compgen -G '/usr/lib/*/libtorch_cpu.so' >/dev/null; then
        command -v apt-get >/dev/null || die "The stand-in for TorchSharp needs libtorch. Set Torch_DIR to the share/cmake/Torch of a libtorch 2.x."
        [ "$(id -u)" = 0 ] || die "The stand-in for TorchSharp needs libtorch and an optimised BLAS. As root, run:" "    apt-get update && apt-get install -y $wanted g++ cmake"
        echo "Installing $wanted ..."
        { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q $wanted g++ cmake; } >"$made/apt.log" 2>&1 \
            || { tail -n 20 "$made/apt.log" >&2; die "The packages could not be installed."; }
    fi
    require cmake "cmake (apt-get install cmake)"
    require g++ "a C++ compiler (apt-get install g++)"
}

make_native() {
    local source=build/standins/TorchSharp/native target=build/standins/TorchSharp/obj/native
    if [ ! -e "$target/libLibTorchSharp.so" ] || [ -n "$(find "$source" -newer "$target/libLibTorchSharp.so" -type f)" ]; then
        echo "Compiling the stand-in's native part ..."
        { cmake -S "$source" -B "$target" -DCMAKE_BUILD_TYPE=Release ${Torch_DIR:+-DTorch_DIR="$Torch_DIR"} && cmake --build "$target"; } >"$made/native.log" 2>&1 \
            || { tail -n 30 "$made/native.log" >&2; die "The stand-in's native part could not be compiled (whole log: $made/native.log)."; }
    fi
}

# Runs every test project; the last line is 'N passed, N failed, N skipped'.
run_tests() {
    local log="$made/test.log" status=0 passed failed skipped
    dotnet test SecondOrder.sln -c Release --no-build --nologo -v quiet "$@" 2>&1 | tee "$log" || status=$?
    passed=$(sum_of Passed "$log") failed=$(sum_of Failed "$log") skipped=$(sum_of Skipped "$log")
    [ "$((passed + failed))" -gt 0 ] || { echo "No test ran."; status=1; }
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ] && [ "$status" -eq 0 ]
}

# sum_of WORD LOG: the total over the summary lines of all test projects.
sum_of() { sed -n "s/.*[!-] .*$1: *\([0-9][0-9]*\).*/\1/p" "$2" | awk '{ n += $1 } END { print n + 0 }'; }
