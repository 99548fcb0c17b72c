#!/usr/bin/env python3
"""
Changes a repository as an attacker would who has no key. Changed bytes lie under the name that they had, and under their right one, which the manifest names.
    tamper.py REPOSITORY drop|empty|flip ROLE     leaves the blobs of a role out, or gives them no bytes, or one wrong bit
    tamper.py REPOSITORY swap ROLE                one wrong bit, but the manifest stays as it was
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


def overwrite(digest, data):
    with open(path(digest), "wb") as blob:
        blob.write(data)


with open(os.path.join(repository, "index.json"), "rb") as file:
    index = json.load(file)
with open(path(index["manifests"][0]["digest"]), "rb") as file:
    manifest = json.load(file)
if how == "take":
    with open(os.path.join(sys.argv[3], "index.json"), "rb") as file:
        other = json.load(file)["manifests"][0]["digest"]
    with open(os.path.join(sys.argv[3], "blobs", *other.split(":")), "rb") as file:
        theirs = [blob for blob in json.load(file)["layers"] if blob["annotations"]["org.imagebuilder.role"] == role]
renamed = {}
kept = []
for blob in manifest["layers"]:
    if blob["annotations"]["org.imagebuilder.role"] == role:
        old = blob["digest"]
        renamed[old] = old
        if how == "drop":
            continue
        if how == "empty":
            blob.update(store(b""))
        elif how == "take":
            if theirs:
                with open(os.path.join(sys.argv[3], "blobs", *theirs.pop(0)["digest"].split(":")), "rb") as file:
                    data = file.read()
                overwrite(old, data)
                blob.update(store(data))
        else:
            with open(path(old), "rb") as file:
                data = bytearray(file.read())
            data[len(data) // 2] ^= 1
            overwrite(old, data)
            if how == "flip":
                blob.update(store(data))
        renamed[old] = blob["digest"]
    kept.append(blob)
assert renamed, f"no blob has the role {role}"
for blob in kept:
    signed = blob["annotations"].get("org.imagebuilder.signs")
    if signed in renamed:
        blob["annotations"]["org.imagebuilder.signs"] = renamed[signed]
manifest["layers"] = kept
index["manifests"][0].update(store(json.dumps(manifest).encode()))
with open(os.path.join(repository, "index.json"), "w") as file:
    json.dump(index, file)
