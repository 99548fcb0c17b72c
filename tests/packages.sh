#!/usr/bin/env bash
# Real trees by the thousand: packs the files of every package and compares what unsquashfs makes of the image with them: content, mode, owner, time,
# link groups, device numbers, extended attributes. Needs root.
#   tests/packages.sh --installed [MINUTES]     the packages that are installed on this machine
#   tests/packages.sh --debs FOLDER [MINUTES]   the .deb files in a folder (apt-get download fills one)
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
imagebuilder=${IMAGEBUILDER:-$PWD/artifacts/imagebuilder}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# GNU tar's own format has whole seconds, as SquashFS has, and no attributes.
listing() { # folder
    (cd "$1" && { tar --sort=name --format=gnu --numeric-owner -cf - . && find . -print0 | LC_ALL=C sort -z | xargs -0 getfattr -h -d -m - --; }) | sha256sum
}

unpack() { # package or .deb
    if [ -f "$1" ]; then
        dpkg-deb -x "$1" "$work/tree"
    else
        # What lies behind the links of a merged /usr is named by where it is.
        dpkg-query -L "$1" | grep '^/' | sed -e 's|^/\.$|/|' -e 's|^/||' -Ee 's#^(bin|sbin|lib|lib32|lib64|libx32)(/|$)#usr/\1\2#' -e '/^$/d' | while IFS= read -r path; do [ -e "/$path" ] || [ -L "/$path" ] && printf '%s\n' "$path"; done > "$work/files" || true
        tar --format=gnu --no-recursion --numeric-owner -C / -cf - -T "$work/files" 2>/dev/null | tar --numeric-owner -xpf - -C "$work/tree"
    fi
    touch -d @1 "$work/tree"
}

case "${1:-}" in
    --installed) mapfile -t packages < <(dpkg-query -W -f '${db:Status-Abbrev}${binary:Package}\n' | sed -n 's/^ii //p'); shift ;;
    --debs) mapfile -t packages < <(find "$2" -name '*.deb' | sort); shift 2 ;;
    *) sed -n 's/^# \{0,1\}//p' "$0" | sed 1d; exit 2 ;;
esac
end=$((SECONDS + ${1:-20} * 60)) equal=0 different=0
levels=(zstd:3 lz4 gzip:6 xz:0)
for package in "${packages[@]}"; do
    [ $SECONDS -lt $end ] || break
    rm -rf "$work/tree" "$work/back" "$work/image"
    mkdir "$work/tree"
    unpack "$package"
    if "$imagebuilder" squashfs pack "$work/tree" "$work/image" --no-cache --compression "${levels[$(((equal + different) % 4))]}" >/dev/null 2>"$work/log" \
        && unsquashfs -quiet -no-progress -strict-errors -d "$work/back" "$work/image" >/dev/null 2>>"$work/log" \
        && [ "$(listing "$work/tree")" = "$(listing "$work/back")" ]; then
        equal=$((equal + 1))
    else
        different=$((different + 1))
        echo "different: $package: $(tail -n 1 "$work/log")"
    fi
done
echo "$equal packages' trees equal, $different different, of ${#packages[@]}"
[ "$different" -eq 0 ] && [ "$equal" -gt 0 ]
