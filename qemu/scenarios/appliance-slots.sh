# trial FILE TRIES: makes a copy of the appliance's image whose slot B is armed for a trial with a boot set that cannot start: its initramfs is no longer one.
# Sourced by `prepare` of scenarios. The state record and the hint are written as src/Update/FORMAT.md says.
trial() {
    cp --sparse=always "$IMAGE" "$1"
    printf 'no initramfs\n' > bad
    python3 - "$1" "$2" <<'PYTHON'
import json, struct, subprocess, sys, zlib
path, tries = sys.argv[1], int(sys.argv[2])
table = json.loads(subprocess.run(["sfdisk", "-J", path], check=True, capture_output=True).stdout)["partitiontable"]
start = {part["name"]: part["start"] * table.get("sectorsize", 512) for part in table["partitions"]}
with open(path, "r+b") as disk:
    for copy in (0, 512 << 10):
        disk.seek(start["ib-state"] + copy)
        record = bytearray(disk.read(512))
        record[13] = 4                               # ARMED
        slot = 56 + 40                               # slot B
        record[slot:slot + 32] = b"\x2b" * 32        # another stack than the factory's
        record[slot + 36], record[slot + 37] = 2, tries
        record[508:] = struct.pack("<I", zlib.crc32(record[:508]))
        disk.seek(start["ib-state"] + copy)
        disk.write(record)
    disk.seek(start["ib-state"] + (256 << 10) + 16)
    once = struct.unpack("<3Q", disk.read(24))[2]
    disk.seek(start["esp"] + once)
    disk.write(b"# GRUB Environment Block\nib_once=b\n".ljust(512, b"#"))
subprocess.run(["mcopy", "-o", "-i", f"{path}@@{start['ib-boot-b']}", "bad", "::/initramfs.img"], check=True)
PYTHON
}
