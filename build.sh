#!/usr/bin/env bash
# The only entry to building imagebuilder:
#   ./build.sh            prepare this machine and build artifacts/imagebuilder
#   ./build.sh demo       … build templates/live.yaml and boot it under QEMU to the login prompt
#   ./build.sh test       … run every test, the boots included; ends with 'N passed, N failed'
#   ./build.sh test-update   … run the scenarios of what an updater must survive; `test` does, too
#   ./build.sh install [PREFIX]   install under PREFIX (default /usr/local)
#   ./build.sh fuzz [SECONDS [READER…]]   hostile input for every reader, each for SECONDS
#   ./build.sh bench …    measurements side by side with the tools we compare ourselves with
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
root=$PWD
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

bold='' plain=''
if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\033[1m' plain=$'\033[0m'; fi
say() { printf '%s== %s%s\n' "$bold" "$*" "$plain" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# What is needed and for what. Only what is missing is installed.
build_packages=(clang lld libzstd-dev libsodium-dev)
run_packages=(mmdebstrap uidmap debian-archive-keyring grub-common e2fsprogs qemu-system-x86 qemu-utils ovmf libsodium23)
test_packages=(squashfs-tools minisign squashfs-tools-ng xorriso genisoimage libarchive-tools dosfstools mtools gdisk fdisk p7zip-full cpio attr zstd xz-utils lz4 binutils time python3 python3-jsonschema python3-yaml
    exfatprogs openssh-client openssl procps systemd umoci skopeo docker-registry nginx-light busybox-static fish zsh
    chromium python3-license-expression grub-pc-bin strace)
sbom_tool=(Microsoft.Sbom.DotNetTool --version 4.1.13) # another project's SPDX validator

prepare() { # packages…
    command -v dotnet >/dev/null || die "the .NET 10 SDK is not installed: https://learn.microsoft.com/dotnet/core/install/linux"
    local sdk; sdk=$(dotnet --version)
    [ "${sdk%%.*}" -ge 10 ] || die "the .NET SDK is $sdk; imagebuilder needs 10 or newer"
    command -v apt-get >/dev/null || die "this is no Debian or Ubuntu: install the equivalents of: $*"
    local missing=() package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null)" = "ii " ] || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "not root and no sudo; as root: apt-get install ${missing[*]}"
        sudo=(sudo)
    fi
    say "installing with apt: ${missing[*]}"
    "${sudo[@]}" apt-get -q update >&2
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}" >&2
}

prepare_tests() {
    prepare "${build_packages[@]}" "${run_packages[@]}" "${test_packages[@]}"
    [ -x artifacts/tools/sbom-tool ] || dotnet tool install --tool-path artifacts/tools "${sbom_tool[@]}" >&2
    newer_qemu
}

# Without KVM, a system with systemd starts more quickly by a newer QEMU than by Debian 12's 7.2: from UEFI to the login prompt of templates/live.yaml in 47 s instead of
# 56 (51 and 55 instead of 64 and 99 on a busy machine). The one of its backports is unpacked beside the build, for the tests alone: the machine keeps what it has, and
# goes on with that when this fails.
newer_qemu() {
    local tools=$root/artifacts/tools/qemu
    [ -f "$tools/bin/qemu-system-x86_64" ] || make_newer_qemu "$tools" || { say "the tests use the QEMU that is installed"; return 0; }
    export PATH=$tools/bin:$PATH
}

make_newer_qemu() { # folder
    local tools=$1 package
    [ "$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" = bookworm ] && [ "$(uname -m)" = x86_64 ] || return
    say "unpacking a newer QEMU for the tests"
    rm -rf "$tools"
    mkdir -p "$tools/lists/partial" "$tools/cache/archives/partial" "$tools/bin"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm-backports main" > "$tools/backports.list"
    local apt=(apt-get -q -o "Dir::Etc::sourcelist=$tools/backports.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$tools/lists" -o "Dir::Cache=$tools/cache" -o APT::Sandbox::User=root)
    "${apt[@]}" update >&2 || return
    for package in qemu-system-x86 qemu-system-common qemu-system-data seabios; do
        (cd "$tools" && "${apt[@]}" download "$package/bookworm-backports" >&2) || return
    done
    for package in "$tools"/*.deb; do
        dpkg-deb -x "$package" "$tools" || return
    done
    rm -rf "$tools"/*.deb "$tools/lists" "$tools/cache"
    "$tools/usr/bin/qemu-system-x86_64" --version >&2 || return
    printf '#!/bin/sh\nexec "%s" -L "%s" -L "%s" -L /usr/share/qemu "$@"\n' "$tools/usr/bin/qemu-system-x86_64" "$tools/usr/share/qemu" "$tools/usr/share/seabios" > "$tools/bin/qemu-system-x86_64"
    chmod +x "$tools/bin/qemu-system-x86_64"
}

rid() {
    case "$(uname -m)" in
        x86_64) echo linux-x64 ;;
        aarch64) echo linux-arm64 ;;
        *) die "no .NET runtime identifier is known for $(uname -m)" ;;
    esac
}

build() {
    prepare "${build_packages[@]}" "${run_packages[@]}"
    local -x RunAnalyzers=${RunAnalyzers:-false} # `test` compiles with them, once
    say "building the program for the initramfs"
    program initramfs/Init artifacts/device/init
    say "building the device's agent"
    program src/Agent artifacts/device/imageagent
    agent_package
    say "building imagebuilder"
    program src/Cli artifacts/imagebuilder
    say "artifacts/imagebuilder is ready"
}

# program PROJECT FILE: one executable; what the compiler leaves beside it stays in artifacts/publish.
program() {
    dotnet publish "$1" -c Release -r "$(rid)" -o artifacts/publish -v q
    install -D "artifacts/publish/$(basename "$2")" "$2"
}

# The agent for systems that were not built with it: artifacts/imageagent_VERSION_ARCHITECTURE.deb. The same sources give the same bytes.
agent_package() {
    command -v dpkg-deb >/dev/null || { say "no dpkg-deb: no package of imageagent"; return; }
    local version architecture folder=artifacts/deb
    version=$(grep -o '<Version>[^<]*' Directory.Build.props) version=${version#<Version>}
    architecture=$(dpkg --print-architecture)
    local -x SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
    rm -rf "$folder"
    install -D -m 755 -t "$folder/usr/bin" artifacts/device/imageagent
    install -D -m 644 -t "$folder/usr/lib/systemd/system" templates/systemd/imageagent-*.service
    mkdir -p "$folder/usr/lib/systemd/system/multi-user.target.wants" "$folder/DEBIAN"
    ln -s ../imageagent-clean.service "$folder/usr/lib/systemd/system/multi-user.target.wants/"
    sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@SIZE@/$(du -sk --apparent-size "$folder/usr" | cut -f 1)/" src/Agent/debian/control > "$folder/DEBIAN/control"
    install -D -m 644 src/Agent/debian/copyright "$folder/usr/share/doc/imageagent/copyright"
    printf 'imageagent (%s) stable; urgency=medium\n\n  * As in CHANGELOG.md of the project.\n\n -- imagebuilder <imagebuilder@localhost>  %s\n' "$version" \
        "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n > "$folder/usr/share/doc/imageagent/changelog.gz"
    (cd "$folder" && find usr -type f -printf '%P\n' | LC_ALL=C sort | sed 's|^|usr/|' | xargs md5sum > DEBIAN/md5sums)
    find "$folder" -exec touch --no-dereference -d "@$SOURCE_DATE_EPOCH" {} +
    chmod -R go-w "$folder"
    dpkg-deb --root-owner-group -Zxz --build "$folder" "artifacts/imageagent_${version}_$architecture.deb" >/dev/null
    rm -rf "$folder"
}

install_to() { # PREFIX
    local prefix=${1:-/usr/local}
    [ -x artifacts/imagebuilder ] || build
    mkdir -p "$prefix/bin"
    install -D -t "$prefix/lib/imagebuilder" artifacts/imagebuilder
    install -D -t "$prefix/lib/imagebuilder/device" artifacts/device/init artifacts/device/imageagent
    ln -sf ../lib/imagebuilder/imagebuilder "$prefix/bin/imagebuilder"
    say "installed $prefix/bin/imagebuilder"
}

demo() {
    build
    say "building templates/live.yaml"
    artifacts/imagebuilder build templates/live.yaml --output-dir out --force
    say "booting it, without a screen"
    artifacts/imagebuilder test qemu/demo.yaml
}

# Adds up what the test runner and the boot scenarios counted, and ends with the one line that tells.
run_tests() {
    local -x UseSharedCompilation=true # one compiler for all projects, until they are built
    local -x RunAnalyzers=true
    build
    prepare_tests
    local passed=0 failed=0 results=$root/artifacts/test-results
    rm -rf "$results"
    say "unit and format tests"
    # As it ships: what `build` has made is half of it, and what enumerates states or mutates images takes half the time.
    dotnet build ImageBuilder.sln -c Release -v q || { echo "0 passed, 1 failed"; exit 1; }
    dotnet build-server shutdown --vbcscompiler > /dev/null
    local file status=0
    dotnet test ImageBuilder.sln -c Release --no-build --logger trx --results-directory "$results" || status=$?
    for file in "$results"/*.trx; do
        [ -e "$file" ] || continue
        passed=$((passed + $(counter "$file" 'Counters' passed)))
        failed=$((failed + $(counter "$file" 'Counters' failed)))
    done
    [ $((passed + failed)) -gt 0 ] || echo "no test ran" >&2
    local broken_tests
    broken_tests=$(broken_tests_in "$results"/*.trx)
    # A test program that died has not counted what it did not run.
    [ "$failed" -gt 0 ] || [ "$status" -eq 0 -a "$passed" -gt 0 ] || failed=1
    # An emulated machine keeps one processor busy while it does not wait: three for two processors, and nothing beside them, or guests become too slow for their own time
    # limits. Four take as long as three.
    say "boot scenarios, and what an updater must survive"
    start_scenarios $(($(nproc) + 1)) qemu/scenarios/faults/[0-9]*.yaml qemu/scenarios/*.yaml
    wait
    count_scenarios
    [ -z "$broken_tests" ] || echo "$broken_tests" # once more: they are far above by now
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

# The names of failed tests and what they said first. files…
broken_tests_in() {
    python3 - "$@" <<'END'
import sys, xml.etree.ElementTree as tree
space = '{http://microsoft.com/schemas/VisualStudio/TeamTest/2010}'
for file in sys.argv[1:]:
    for result in tree.parse(file).iter(space + 'UnitTestResult'):
        if result.get('outcome') == 'Failed':
            print('  failed:', result.get('testName'))
            for line in (result.findtext(f'.//{space}Message') or '').strip().splitlines()[:6]:
                print('    ', line[:300])
END
}

# Runs scenarios in the background; what they say and their report go to artifacts/test-results. how-many-at-once files…
start_scenarios() {
    local jobs=$1 results=$root/artifacts/test-results
    shift
    mkdir -p "$results"
    rm -f "$results/scenarios.xml"
    artifacts/imagebuilder test "$@" --jobs "$jobs" --output-dir out/scenarios --junit "$results/scenarios.xml" > "$results/scenarios.log" 2>&1 &
}

# Shows what they have said, and adds to `passed` and `failed` of who calls.
count_scenarios() {
    local results=$root/artifacts/test-results report all broken skipped
    report=$results/scenarios.xml
    cat "$results/scenarios.log"
    if [ -e "$report" ]; then
        all=$(counter "$report" 'testsuites' tests)
        broken=$(($(counter "$report" 'testsuites' failures) + $(counter "$report" 'testsuites' errors)))
        skipped=$({ grep -o '<skipped' "$report" || true; } | wc -l) # steps behind a failure
        passed=$((passed + all - broken - skipped)) failed=$((failed + broken))
    else
        failed=$((failed + 1))
    fi
}

# The update's faults alone (src/Update/FORMAT.md), one scenario each, as they run.
test_update() {
    build
    prepare_tests
    local passed=0 failed=0
    start_scenarios 1 qemu/scenarios/faults/[0-9]*.yaml
    tail --pid=$! -n +1 -F "$root/artifacts/test-results/scenarios.log" 2>/dev/null || true
    count_scenarios > /dev/null
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

# The number in an attribute of an XML file's first element of a name; 0 without.
counter() { # file element attribute
    local value
    value=$(tr '\n' ' ' < "$1" | grep -o "<$2 [^>]*" | head -n 1 | grep -o " $3=\"[0-9]*\"" | grep -o '[0-9]*') || true
    echo "${value:-0}"
}

case "${1:-build}" in
    build) build ;;
    prepare) prepare_tests ;;
    demo) demo ;;
    test) run_tests ;;
    test-update) test_update ;;
    install) install_to "${2:-}" ;;
    fuzz) shift; prepare_tests; exec tests/Fuzz/fuzz.sh "$@" ;;
    bench) shift; build; exec tests/Benchmarks/bench.sh "$@" ;;
    *) die "unknown: $1; one of build, demo, test, test-update, install, fuzz, bench" ;;
esac
