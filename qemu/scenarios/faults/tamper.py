#!/usr/bin/env python3
"""
Changes a repository as an attacker would who has no key. What names a changed blob is written anew.
    tamper.py REPOSITORY drop|empty|flip ROLE     leaves the blobs of a role out, or gives them no bytes, or one wrong bit
    tamper.py REPOSITORY take OTHER ROLE          puts those of another repository in their place
"""
import hashlib
import json
import os
import sys

repository, how, role = sys.argv[1], sys.argv[2], sys.argv[-1]


def path(digest):
    return os.path.join(repository, "blobs", *digest.split(":"))


def store(data):
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    with open(path(digest), "wb") as blob:
        blob.write(data)
    return {"digest": digest, "size": len(data)}


with open(os.path.join(repository, "index.json"), "rb") as file:
    index = json.load(file)
with open(path(index["manifests"][0]["digest"]), "rb") as file:
    manifest = json.load(file)
if how == "take":
    with open(os.path.join(sys.argv[3], "index.json"), "rb") as file:
        other = json.load(file)["manifests"][0]["digest"]
    with open(os.path.join(sys.argv[3], "blobs", *other.split(":")), "rb") as file:
        theirs = [blob for blob in json.load(file)["layers"] if blob["annotations"]["org.imagebuilder.role"] == role]
kept = []
changed = 0
for blob in manifest["layers"]:
    if blob["annotations"]["org.imagebuilder.role"] == role:
        changed += 1
        if how == "drop":
            continue
        if how == "empty":
            blob.update(store(b""))
        elif how == "take" and theirs:
            blob = theirs.pop(0)
            with open(os.path.join(sys.argv[3], "blobs", *blob["digest"].split(":")), "rb") as file:
                store(file.read())
        elif how == "flip":
            with open(path(blob["digest"]), "rb") as file:
                data = bytearray(file.read())
            data[len(data) // 2] ^= 1
            blob.update(store(bytes(data)))
    kept.append(blob)
assert changed, f"no blob has the role {role}"
manifest["layers"] = kept
index["manifests"][0].update(store(json.dumps(manifest).encode()))
with open(os.path.join(repository, "index.json"), "w") as file:
    json.dump(index, file)
