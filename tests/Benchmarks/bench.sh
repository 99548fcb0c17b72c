#!/usr/bin/env bash
# Measurements side by side with the tools we compare ourselves with, on the machine at hand.
#   bench.sh squashfs [--runs N] [--folder FOLDER] [PART…]
#       `imagebuilder squashfs pack` against mksquashfs, in turn, N counted times (5) after a warm-up; medians. Parts: zstd:3 zstd:9 zstd:15 zstd:19
#       gzip:9 xz lz4 (cold packing), changed (one file changed, folder and tar), jobs (scaling), memory (a tar of 2 GB); without any: all of them.
#       Without a FOLDER a small Debian tree is made by mmdebstrap and kept, which needs root. IMAGEBUILDER names another program to measure.
#       Each part keeps its lines in artifacts/bench; tests/Benchmarks/RESULTS.md is put together from all that are there.
#   bench.sh install
#       `imageagent install` of a layer of a gigabyte from nginx: time and memory, with and without libcrypto; tests/Benchmarks/INSTALL.md is written. Needs root.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
imagebuilder=${IMAGEBUILDER:-$PWD/artifacts/imagebuilder}
results=tests/Benchmarks/RESULTS.md rows=artifacts/bench
cache=${XDG_CACHE_HOME:-$HOME/.cache}/imagebuilder-bench
parts=(zstd:3 zstd:9 zstd:15 zstd:19 gzip:9 xz lz4 changed jobs memory)
runs=5 folder='' work=''

die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Runs a command and adds its "wall cpu kilobytes" as a line to a file.
measure() { # file command…
    local file=$1
    shift
    /usr/bin/time -q -f '%e %U %S %M' -o "$work/time" "$@" >/dev/null 2>"$work/stderr" || die "failed: $*: $(cat "$work/stderr")"
    awk '{ print $1, $2 + $3, $4 }' "$work/time" >> "$file"
}

median() { # file column
    awk -v column="$2" '{ print $column }' "$1" | sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

# A Debian tree that every run and every machine has alike, but for security updates.
debian_tree() {
    if [ ! -d "$cache/tree" ]; then
        [ "$(id -u)" -eq 0 ] || die "without --folder a Debian tree is made, which needs root; or name a folder"
        mkdir -p "$cache"
        rm -rf "$cache/making"
        mmdebstrap --quiet --variant=minbase --include=systemd-sysv,udev,linux-image-amd64 trixie "$cache/making" >&2
        mv "$cache/making" "$cache/tree"
    fi
    folder=$cache/tree
}

pack() { # source target compression [option…]
    local source=$1 target=$2 compression=$3
    shift 3
    echo "$imagebuilder" squashfs pack "$source" "$target" --compression "$compression" --force "$@"
}

reference() { # target compression [option…]
    local target=$1 compression=$2
    shift 2
    local name=${compression%%:*} level=${compression#"${compression%%:*}"}
    echo mksquashfs "$folder" "$target" -noappend -no-progress -quiet -comp "$name" ${level:+-Xcompression-level "${level#:}"} "$@"
}

# Both in turn; prints a line of the table.
compare() { # name; then the two commands in the arrays ours and theirs
    local name=$1 run
    rm -f "$work"/*.times
    "${ours[@]}" >/dev/null 2>"$work/stderr" || die "failed: ${ours[*]}: $(cat "$work/stderr")"
    "${theirs[@]}" >/dev/null 2>"$work/stderr" || die "failed: ${theirs[*]}: $(cat "$work/stderr")"
    for ((run = 0; run < runs; run++)); do
        measure "$work/ours.times" "${ours[@]}"
        measure "$work/theirs.times" "${theirs[@]}"
    done
    awk -v name="$name" -v runs="$runs" \
        -v wall="$(median "$work/ours.times" 1)" -v cpu="$(median "$work/ours.times" 2)" -v memory="$(median "$work/ours.times" 3)" -v bytes="$(stat -c %s "$work/ours")" \
        -v wall2="$(median "$work/theirs.times" 1)" -v cpu2="$(median "$work/theirs.times" 2)" -v memory2="$(median "$work/theirs.times" 3)" -v bytes2="$(stat -c %s "$work/theirs")" \
        'BEGIN {
            printf "| %s | %.2f / %.2f | **%.3f** | %.2f / %.2f | **%.3f** | %d / %d | %d / %d | **%.4f** | %d |\n",
                name, wall, wall2, wall / wall2, cpu, cpu2, cpu / cpu2, memory / 1000, memory2 / 1000, bytes, bytes2, bytes / bytes2, runs
        }'
}

cold() { # compression
    local -a ours theirs
    read -ra ours <<< "$(pack "$folder" "$work/ours" "$1" --no-cache)"
    read -ra theirs <<< "$(reference "$work/theirs" "$1")"
    compare "$1"
}

jobs() {
    local count
    local -a ours theirs
    for ((count = 1; count <= $(nproc); count *= 2)); do
        read -ra ours <<< "$(pack "$folder" "$work/ours" zstd:15 --no-cache --jobs "$count")"
        read -ra theirs <<< "$(reference "$work/theirs" zstd:15 -processors "$count")"
        compare "zstd:15, $count threads"
    done
}

# One file of the tree changed before each run; mksquashfs starts over.
changed() {
    local compression source run full
    cp -a "$folder" "$work/tree"
    export XDG_CACHE_HOME=$work/cache
    for compression in zstd:15 xz; do
        for source in "$work/tree" "$work/tree.tar"; do
            rm -f "$work"/*.times
            for ((run = 0; run <= runs; run++)); do
                echo "changed for run $run of $compression" >> "$work/tree/etc/debian_version"
                [ -d "$source" ] || tar --sort=name --numeric-owner --xattrs --xattrs-include='*' -C "$work/tree" -cf "$work/tree.tar" .
                # The first run fills the cache.
                measure "$work/ours.times" $(pack "$source" "$work/ours" "$compression")
            done
            sed -i 1d "$work/ours.times"
            measure "$work/theirs.times" $(reference "$work/theirs" "$compression")
            full=$(median "$work/theirs.times" 1)
            awk -v name="$compression, $([ -d "$source" ] && echo folder || echo tar)" -v wall="$(median "$work/ours.times" 1)" -v cpu="$(median "$work/ours.times" 2)" -v full="$full" -v runs="$runs" \
                'BEGIN { printf "| %s | %.2f | %.2f | %.2f | **%.3f** | %d |\n", name, wall, cpu, full, wall / full, runs }'
        done
    done
    unset XDG_CACHE_HOME
    rm -rf "$work/tree" "$work/tree.tar" "$work/cache"
}

# The tree several times over, every file a little different, so that nothing is a duplicate.
memory() {
    python3 - "$folder" "$work/large.tar" <<'PYTHON'
import io, os, sys, tarfile
folder, target = sys.argv[1:]
copy = 0
with tarfile.open(target, "w") as tar:
    while tar.offset < 2 << 30:
        for path, _, names in os.walk(folder):
            for name in sorted(names):
                file = os.path.join(path, name)
                if os.path.isfile(file) and not os.path.islink(file):
                    content = b"%d" % copy + open(file, "rb").read()
                    entry = tarfile.TarInfo(f"{copy}/{os.path.relpath(file, folder)}")
                    entry.size = len(content)
                    tar.addfile(entry, io.BytesIO(content))
        copy += 1
PYTHON
    rm -f "$work"/*.times
    measure "$work/ours.times" $(pack "$work/large.tar" "$work/ours" zstd:3 --no-cache)
    awk -v bytes="$(stat -c %s "$work/large.tar")" '{ printf "| a tar of %.2f GB, zstd:3 | %.1f | **%d** |\n", bytes / 1e9, $1, $3 / 1000 }' "$work/ours.times"
    rm -f "$work/large.tar"
}

write_results() {
    {
        echo "# SquashFS: imagebuilder against mksquashfs"
        echo
        cat "$rows/machine"
        echo
        echo "Ours / mksquashfs; ratios in bold, below 1 is better for us. Made by \`./build.sh bench squashfs\`: the two run in turn after a warm-up, and the medians are shown."
        echo
        echo "## Cold, without the cache"
        echo
        echo "| compressor | wall s | ratio | CPU s | ratio | peak MB | bytes | ratio | runs |"
        echo "|---|---|---|---|---|---|---|---|---|"
        local part
        for part in zstd:3 zstd:9 zstd:15 zstd:19 gzip:9 xz lz4 jobs; do
            cat "$rows/$part" 2>/dev/null || true
        done
        echo
        echo "## One file changed, with the cache"
        echo
        echo "| | wall s | CPU s | mksquashfs, whole, wall s | ratio | runs |"
        echo "|---|---|---|---|---|---|"
        cat "$rows/changed" 2>/dev/null || true
        echo
        echo "## Memory"
        echo
        echo "| | wall s | peak MB |"
        echo "|---|---|---|"
        cat "$rows/memory" 2>/dev/null || true
    } > "$results"
}

squashfs() {
    local -a wanted=()
    while [ $# -gt 0 ]; do
        case $1 in
            --runs) runs=$2; shift 2 ;;
            --folder) folder=$2; shift 2 ;;
            *) [[ " ${parts[*]} " == *" $1 "* ]] || die "no part $1; one of ${parts[*]}"; wanted+=("$1"); shift ;;
        esac
    done
    command -v mksquashfs >/dev/null && [ -x /usr/bin/time ] || die "mksquashfs or time is not installed: apt-get install squashfs-tools time"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    [ -n "$folder" ] || debian_tree
    mkdir -p "$rows"
    {
        echo "$(date -u +%F). $(grep -m 1 'model name' /proc/cpuinfo | cut -d : -f 2 | xargs), $(nproc) processors, load $(cut -d ' ' -f 1 /proc/loadavg) before the start; kernel $(uname -r)."
        echo "$(mksquashfs -version | head -n 1), libzstd $(dpkg-query -W -f '${Version}' libzstd1), liblzma $(dpkg-query -W -f '${Version}' liblzma5), liblz4 $(dpkg-query -W -f '${Version}' liblz4-1), .NET $(dotnet --version)."
        echo "The tree: $(find "$folder" -type f | wc -l) files, $(du -s --apparent-size -B 1000000 "$folder" | cut -f 1) MB, blocks of 128 KiB."
    } > "$rows/machine"
    local part
    for part in "${wanted[@]:-${parts[@]}}"; do
        case $part in
            changed | jobs | memory) "$part" > "$work/rows" ;;
            *) cold "$part" > "$work/rows" ;;
        esac
        cat "$work/rows"
        cp "$work/rows" "$rows/$part"
        write_results
    done
    echo "$results is written"
}

# The measurement is a test (tests/Agent.Tests/Updates/LargeInstallBench.cs), which also has strace watch where it writes.
install() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    IMAGEBUILDER_BENCH=$work/rows dotnet test tests/Agent.Tests --filter FullyQualifiedName~LargeInstallBench >&2
    {
        echo "# Installing a gigabyte"
        echo
        echo "$(date -u +%F). $(grep -m 1 'model name' /proc/cpuinfo | cut -d : -f 2 | xargs), $(nproc) processors, load $(cut -d ' ' -f 1 /proc/loadavg) at the end. One layer of 2^30 random bytes from nginx on"
        echo "127.0.0.1, without TLS, onto an ext4 on a loop device; \`verify\` reads the same back and hashes it. The native program; peak is its VmHWM. Made by \`./build.sh bench install\`."
        echo
        echo "| | wall s | CPU s, user | CPU s, system | peak MiB |"
        echo "|---|---|---|---|---|"
        cat "$work/rows"
        echo
        echo "SHA-256 alone, \`openssl speed\`, one thread: $(openssl speed -seconds 1 -bytes 65536 sha256 2>/dev/null | awk 'END { sub(/k$/, "", $2); printf "%d MB/s", $2 / 1000 }')."
    } > tests/Benchmarks/INSTALL.md
    cat tests/Benchmarks/INSTALL.md
}

case "${1:-}" in
    install) install ;;
    squashfs) shift; squashfs "$@" ;;
    updates) shift; exec tests/Benchmarks/updates.sh "$@" ;;
    *) die "say what to measure: squashfs [--runs N] [--folder FOLDER] [PART…], updates [OLD.img NEW.img], or install" ;;
esac
