#!/usr/bin/env bash
# Measurements side by side with the tools we compare ourselves with, on the machine at hand.
#   bench.sh squashfs [FOLDER [COMPRESSION[:LEVEL]…]]
#       `imagebuilder squashfs pack` against mksquashfs: both pack FOLDER in turn, three counted times after a warm-up.
#       Without a FOLDER, a small Debian tree is made first, which needs root. IMAGEBUILDER names another program to measure.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
imagebuilder=${IMAGEBUILDER:-$PWD/artifacts/imagebuilder}
runs=3

die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Runs a command and adds its "wall cpu" seconds as a line to a file.
measure() { # file command…
    local file=$1 wall user sys
    shift
    local TIMEFORMAT='%R %U %S'
    read -r wall user sys < <({ time "$@" >/dev/null 2>&1; } 2>&1)
    awk -v wall="$wall" -v user="$user" -v sys="$sys" 'BEGIN { print wall, user + sys }' >> "$file"
}

median() { # file column
    awk -v column="$2" '{ print $column }' "$1" | sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

squashfs() { # folder compression…
    local folder=${1:-} work
    command -v mksquashfs >/dev/null || die "mksquashfs is not installed: apt-get install squashfs-tools"
    work=$(mktemp -d)
    trap "rm -rf '$work'" EXIT
    if [ -z "$folder" ]; then
        [ "$(id -u)" -eq 0 ] || die "without a folder a Debian tree is made, which needs root; or name a folder"
        folder=$work/tree
        mmdebstrap --quiet --variant=minbase --include=systemd-sysv,udev,linux-image-amd64 trixie "$folder"
    fi
    shift $(($# > 0 ? 1 : 0))
    [ $# -gt 0 ] || set -- zstd:15 zstd:3 lz4 gzip:9 xz

    printf '%-10s %10s %10s %14s   %s\n' compressor 'wall s' 'cpu s' bytes '(ours, mksquashfs, ratio; medians)'
    local compression name level ours theirs reference run
    for compression in "$@"; do
        name=${compression%%:*} level=${compression#"$name"}
        ours=(env "$imagebuilder" squashfs pack "$folder" "$work/ours" --compression "$compression" --force)
        reference=(mksquashfs "$folder" "$work/theirs" -noappend -no-progress -quiet -comp "$name")
        [ -z "$level" ] || reference+=(-Xcompression-level "${level#:}")
        "${ours[@]}" >/dev/null || die "imagebuilder failed: ${ours[*]}"
        "${reference[@]}" >/dev/null 2>&1 || die "mksquashfs failed: ${reference[*]}"
        rm -f "$work"/*.times
        for ((run = 0; run < runs; run++)); do
            measure "$work/ours.times" "${ours[@]}"
            measure "$work/theirs.times" "${reference[@]}"
        done
        awk -v name="$compression" \
            -v wall="$(median "$work/ours.times" 1)" -v cpu="$(median "$work/ours.times" 2)" -v bytes="$(stat -c %s "$work/ours")" \
            -v wall2="$(median "$work/theirs.times" 1)" -v cpu2="$(median "$work/theirs.times" 2)" -v bytes2="$(stat -c %s "$work/theirs")" \
            'BEGIN {
                printf "%-10s %10.2f %10.2f %14d\n", name, wall, cpu, bytes
                printf "%-10s %10.2f %10.2f %14d\n", "", wall2, cpu2, bytes2
                printf "%-10s %10.3f %10.3f %14.4f\n", "", wall / wall2, cpu / cpu2, bytes / bytes2
            }'
    done
}

case "${1:-}" in
    squashfs) shift; squashfs "$@" ;;
    *) die "say what to measure: squashfs [FOLDER [COMPRESSION[:LEVEL]…]]" ;;
esac
