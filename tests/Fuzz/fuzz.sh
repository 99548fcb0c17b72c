#!/usr/bin/env bash
# Hostile input for every reader: mutants of valid files, each reader for SECONDS (20), as many at once as there are processors; then once more for at most 20 s to count
# the lines reached.
#   fuzz.sh [SECONDS] [READER…]
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
seconds=${1:-20}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export FUZZ_SECONDS=$seconds FUZZ_REPORT=$work/report FUZZ_READERS=
parts=$(($(nproc) < 8 ? $(nproc) : 8))
if [ $# -ge 2 ]; then
    FUZZ_READERS=$(IFS=,; echo "${*:2}")
    [ "$parts" -lt $(($# - 1)) ] || parts=$(($# - 1))
fi
# Memory is bounded for the whole process too: past it the runtime ends with an error.
export DOTNET_GCHeapHardLimit=0x40000000

dotnet build tests/Fuzz -c Release -v q
status=0
pids=()
for ((part = 0; part < parts; part++)); do
    FUZZ_PART=$part/$parts dotnet test tests/Fuzz -c Release --no-build > "$work/log.$part" 2>&1 &
    pids+=($!)
done
for ((part = 0; part < parts; part++)); do
    wait "${pids[$part]}" || { status=1; grep -vE '^ +at (System|InvokeStub)' "$work/log.$part" >&2; }
done
sort "$work/report" > "$work/mutants"
: > "$FUZZ_REPORT"
FUZZ_SECONDS=$((seconds < 20 ? seconds : 20))
dotnet test tests/Fuzz -c Release --no-build --collect "XPlat Code Coverage" --results-directory "$work" -- \
    DataCollectionRunSettings.DataCollectors.DataCollector.Configuration.Include='[ImageBuilder.Formats]*,[ImageBuilder.Update]*' > "$work/log" 2>&1 || status=1
python3 - "$work/mutants" "$(find "$work" -name coverage.cobertura.xml | head -n 1)" <<'PYTHON' || status=1
import sys, xml.etree.ElementTree as xml
least = 85
lines = {}
root = xml.parse(sys.argv[2]).getroot()
for part in root.iter("class"):
    for line in part.iter("line"):
        file = lines.setdefault(part.get("filename"), {})
        file[line.get("number")] = max(file.get(line.get("number"), 0), int(line.get("hits")))
print(f"{'reader':<16} {'mutants':>9} {'past 1st':>9} {'accepted':>9} {'slowest':>11} {'memory':>10} {'lines':>16}")
short = 0
for row in open(sys.argv[1]):
    text, sources = row.rstrip("\n").split("\t")
    hits = [count for name, file in lines.items() if any(source in name or source in "/src/" + name for source in sources.split()) for count in file.values()]
    covered = sum(1 for count in hits if count > 0)
    percent = 100 * covered / max(1, len(hits))
    short += percent < least
    print(f"{text} {covered:>5} of {len(hits):<5} {percent:.0f} %")
sys.exit(f"{short} readers have less than {least} % of their lines reached" if short else 0)
PYTHON
exit $status
