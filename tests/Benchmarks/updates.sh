#!/usr/bin/env bash
# A real update beside other tools' means, on the machine at hand: the appliance of templates/appliance.yaml without and with Debian's security and updates
# suites. For each: what is published, what a device that has the old version loads, and what installing costs it. Needs root (loop devices).
#   updates.sh [OLD.img NEW.img]      disks of the two versions; without them both are built
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
imagebuilder=${IMAGEBUILDER:-$PWD/artifacts/imagebuilder}
agent=$PWD/artifacts/device/imageagent
work=$(mktemp -d)
loops=() server=''

die() { printf 'error: %s\n' "$*" >&2; exit 1; }

finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ ! -d "$work/root" ] || umount -R "$work/root" 2>/dev/null || true
    umount -R "$work/run" 2>/dev/null || true
    for loop in "${loops[@]}"; do losetup -d "$loop" || true; done
    rm -rf "$work"
}
trap finish EXIT

[ "$(id -u)" -eq 0 ] || die "loop devices need root"
for program in casync rauc xdelta3 openssl python3 sgdisk; do
    command -v "$program" >/dev/null || die "$program is not installed; Debian has packages: casync rauc xdelta3 openssl python3 gdisk"
done

(cd "$work" && "$imagebuilder" keygen release --no-password >/dev/null)

# version security: a disk of the appliance that trusts the key.
build() {
    sed -e "s/^version: .*/version: $1/" -e "s/suite: trixie/suite: trixie, security: $2/" -e 's/^limits: .*/disk: { size: 2500M }/' templates/appliance.yaml > "$work/$1.yaml"
    printf 'update: { keys: ["%s"] }\n' "$(tail -n 1 "$work/release.pub")" >> "$work/$1.yaml"
    "$imagebuilder" build "$work/$1.yaml" --output-dir "$work/$1" --progress=plain >&2
}

if [ $# -eq 2 ]; then
    mkdir "$work/1.0.0" "$work/2.0.0"
    ln -s "$(readlink -f "$1")" "$work/1.0.0/appliance.img"
    ln -s "$(readlink -f "$2")" "$work/2.0.0/appliance.img"
else
    build 1.0.0 false
    build 2.0.0 true
fi

# The first sector and the number of sectors of a partition.
part() { # image name
    sgdisk -p "$1" | awk -v name="$2" '$NF == name { print $2, $3 - $2 + 1 }'
}

# The root file system of a disk: its only layer, the first at 1 MiB of ib-system.
root() { # image output
    local first count length
    read -r first count < <(part "$1" ib-system)
    length=$(od -An -t u8 -j $((first * 512 + 64)) -N 8 "$1" | tr -d ' ')
    dd if="$1" of="$2" bs=1M iflag=skip_bytes,count_bytes skip=$((first * 512 + 1048576)) count="$length" status=none
}
old=$(echo "$work"/1.0.0/*.img) new=$(echo "$work"/2.0.0/*.img)
root "$old" "$work/old.squashfs"
root "$new" "$work/new.squashfs"

# Runs a command; wall seconds and peak memory in KiB as one line.
cost() { /usr/bin/env python3 -c '
import resource, subprocess, sys, time
start = time.monotonic()
code = subprocess.run(sys.argv[1:], stdout=sys.stderr).returncode
print("%.2f %d" % (time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)' "$@"; }

row() { printf '%-34s %14s %14s %9s %9s\n' "$@"; }
row tool published loaded 'wall s' 'peak MiB'
line() { # tool published loaded "wall KiB"
    row "$1" "$2" "$3" "${4%% *}" "$(awk -v k="${4##* }" 'BEGIN { printf "%.1f", k / 1024 }')"
}

# --- ours: the patch, from a web server, by the agent on the old version's disk
"$imagebuilder" publish "$work/1.0.0" --repository "$work/repo" --key "$work/release.key" --channel stable >&2
before=$(du -sb "$work/repo/blobs" | cut -f 1)
"$imagebuilder" publish "$work/2.0.0" --repository "$work/repo" --key "$work/release.key" --channel stable >&2
published=$(($(du -sb "$work/repo/blobs" | cut -f 1) - before))
mkdir "$work/served" "$work/run" "$work/root"
cp --sparse=always "$(readlink -f "$old")" "$work/disk.img"
# Each partition is a loop device of its own, and a folder stands for sysfs, which says so: not every kernel makes partitions of a loop device.
while read -r number first last name; do
    loop=$(losetup --find --show --offset $((first * 512)) --sizelimit $(((last - first + 1) * 512)) "$work/disk.img")
    loops+=("$loop")
    mkdir -p "$work/sys/class/block/disk/${loop##*/}"
    printf 'DEVTYPE=partition\nPARTNAME=%s\nPARTN=%s\n' "$name" "$number" > "$work/sys/class/block/disk/${loop##*/}/uevent"
    [ "$name" != ib-data ] || data=$loop
done < <(sgdisk -p "$work/disk.img" | awk '/^ +[0-9]/ { print $1, $2, $3, $NF }')
mount -t tmpfs tmpfs "$work/run"
cat > "$work/serve.py" <<'PYTHON'
# Serves a folder on 127.0.0.1 and counts the bytes of what it gives.
import http.server, os, sys
os.chdir(sys.argv[1])
class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def copyfile(self, source, target):
        data = source.read()
        open(sys.argv[2], "a").write("%d\n" % len(data))
        target.write(data)
    def log_message(self, *arguments): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
open(sys.argv[3], "w").write(str(server.server_address[1]))
server.serve_forever()
PYTHON
python3 "$work/serve.py" "$work/repo" "$work/served/bytes" "$work/served/port" &
server=$!
mkdir -p "$work/run/ib/data" "$work/run/ib/l/0" "$work/run/upper/upper" "$work/run/upper/work" "$work/run/imagebuilder"
read -r first count < <(part "$work/disk.img" ib-system)
stack=$(od -An -v -t x1 -j $((first * 512 + 16)) -N 32 "$work/disk.img" | tr -d ' \n')
# As the first start would: quotas off where the kernel has none, and the file system as large as its partition.
tune2fs -O ^project,^quota "$data" > /dev/null
e2fsck -fp "$data" > /dev/null || [ $? -eq 1 ]
resize2fs "$data" > /dev/null 2>&1
mount "$data" "$work/run/ib/data"
mkdir -p "$work/run/ib/data/ib"
mount -o loop,ro "$work/old.squashfs" "$work/run/ib/l/0"
mount -t overlay overlay -o "lowerdir=$work/run/ib/l/0,upperdir=$work/run/upper/upper,workdir=$work/run/upper/work" "$work/root"
for folder in proc dev; do mount --rbind "/$folder" "$work/root/$folder"; mount --make-rslave "$work/root/$folder"; done
mount --bind "$work/sys" "$work/root/sys"
mount --rbind "$work/run" "$work/root/run"
# The layers are read where the mount table says that they are.
mkdir -p "$work/root$work/run"
mount --rbind "$work/run" "$work/root$work/run"
echo "{\"schema\":1,\"disk\":\"/dev/disk\",\"slot\":\"a\",\"stack\":\"$stack\",\"data\":\"$data\",\"upper\":{\"kind\":\"tmpfs\",\"number\":null,\"why\":\"\"},\"phases\":[{\"name\":\"root\",\"start\":1,\"end\":2}],\"decisions\":[]}" > "$work/run/imagebuilder/boot.json"
cp "$agent" "$work/root/usr/bin/imageagent"
until [ -s "$work/served/port" ]; do sleep 0.1; done
ours=$(cost chroot "$work/root" /usr/bin/imageagent install --from "http://127.0.0.1:$(cat "$work/served/port")")
line "imagebuilder, patch layer" "$published" "$(awk '{ sum += $1 } END { print sum }' "$work/served/bytes")" "$ours"
boot=$(grep -l '"version":"2.0.0"' "$work"/repo/blobs/sha256/* | head -n 1 | xargs cat | grep -o '"boot":{"sha256":"[0-9a-f]*","size":[0-9]*' | grep -o '[0-9]*$')
row '  of that, kernel and initramfs' "$boot" "$boot" "" ""

# --- casync: chunks of the root image, from a store
(cd "$work" && casync make --store=old.castr old.caibx old.squashfs && casync make --store=new.castr new.caibx new.squashfs) >/dev/null 2>&1
loaded=$( (cd "$work/new.castr" && find . -name '*.cacnk' -printf '%P\n') | while read -r chunk; do [ -e "$work/old.castr/$chunk" ] || stat -c %s "$work/new.castr/$chunk"; done | awk '{ sum += $1 } END { print sum + 0 }')
theirs=$(cd "$work" && cost casync extract --store=new.castr --seed=old.squashfs new.caibx casync.out 2>/dev/null)
cmp "$work/new.squashfs" "$work/casync.out"
line "casync, chunks of the image" "$(du -sb "$work/new.castr" | cut -f 1)" $((loaded + $(stat -c %s "$work/new.caibx"))) "$theirs"

# --- xdelta3: a delta between the two images
xdelta3 -q -e -9 -B $((512 << 20)) -s "$work/old.squashfs" "$work/new.squashfs" "$work/delta"
theirs=$(cost xdelta3 -q -d -B $((512 << 20)) -s "$work/old.squashfs" "$work/delta" "$work/xdelta.out")
cmp "$work/new.squashfs" "$work/xdelta.out"
line "xdelta3 -9, between the images" "$(stat -c %s "$work/delta")" "$(stat -c %s "$work/delta")" "$theirs"

# --- RAUC: a bundle is the whole image; with its block-hash-index a device loads the blocks of 4 KiB that it lacks
mkdir "$work/bundle"
cp "$work/new.squashfs" "$work/bundle/root.img"
printf '[update]\ncompatible=appliance\nversion=2.0.0\n[bundle]\nformat=verity\n[image.rootfs]\nfilename=root.img\nadaptive=block-hash-index\n' > "$work/bundle/manifest.raucm"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/rauc.key" -out "$work/rauc.crt" -subj /CN=bench -days 2 >/dev/null 2>&1
rauc bundle --cert="$work/rauc.crt" --key="$work/rauc.key" "$work/bundle" "$work/bundle.raucb" >/dev/null 2>&1
blocks=$(python3 -c '
import sys
have = set()
with open(sys.argv[1], "rb") as old:
    while block := old.read(4096): have.add(block)
with open(sys.argv[2], "rb") as new:
    print(sum(len(block) for block in iter(lambda: new.read(4096), b"") if block not in have))' "$work/old.squashfs" "$work/new.squashfs")
theirs=$(cost rauc --keyring="$work/rauc.crt" extract "$work/bundle.raucb" "$work/extracted")
line "RAUC, bundle (time: rauc extract)" "$(stat -c %s "$work/bundle.raucb")" "$(stat -c %s "$work/bundle.raucb")" "$theirs"
row "RAUC, blocks that a device lacks" "" "$blocks" "" ""

printf '\nroot images: %s and %s bytes; boot sets are not in the rows of the others\n' "$(stat -c %s "$work/old.squashfs")" "$(stat -c %s "$work/new.squashfs")"
