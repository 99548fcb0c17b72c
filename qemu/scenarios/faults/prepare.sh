# What the scenarios of this folder share, made once a run in $SHARED: keys, images, and repositories with one channel, "stable". Sourced by their `prepare`.
# The image of version 1 is the scenario's own ($IMAGE); the spec, and the key that it trusts (of no use elsewhere), lie in $SCENARIOS.

quietly() {
    "$@" > "$SHARED/said" 2>&1 || { cat "$SHARED/said"; return 1; }
}

# key NAME: a key pair in $SHARED, NAME.key and NAME.pub, without a password.
key() {
    [ -e "$SHARED/$1.pub" ] || (cd "$SHARED" && quietly "$IMAGEBUILDER" keygen "$1" --no-password)
}

# image NAME VERSION ARGUMENT…: a disk of the device in the folder $SHARED/NAME, of a version, with further arguments of `build`. With entries of `files:`
# on the standard input the spec has those, too; $edit, a script of sed, changes the rest of it.
image() {
    name=$1 version=$2
    shift 2
    [ ! -d "$SHARED/$name" ] || return 0
    mkdir -p "$SHARED/$name-spec"
    cp "$SCENARIOS/release.pub" "$SHARED/$name-spec"
    sed -e "${edit:-}" "$SCENARIOS/device.yaml" > "$SHARED/$name-spec/device.yaml"
    cat >> "$SHARED/$name-spec/device.yaml"
    quietly "$IMAGEBUILDER" build "$SHARED/$name-spec/device.yaml" --set "version=$version" "$@" --output-dir "$SHARED/$name.new"
    mv "$SHARED/$name.new" "$SHARED/$name"
}

# publish REPOSITORY IMAGE ARGUMENT…: puts an image of $SHARED into the channel of a repository.
publish() {
    repository=$1 source=$2
    shift 2
    quietly "$IMAGEBUILDER" publish "$SHARED/$source" --repository "$repository" --key "$SCENARIOS/release.key" --channel stable "$@"
}

# renew REPOSITORY ARGUMENT…: signs the channel document of a repository anew, with a higher sequence.
renew() {
    repository=$1
    shift
    quietly "$IMAGEBUILDER" publish --repository "$repository" --key "$SCENARIOS/release.key" --channel stable --renew "$@"
}

# Version 1 as the device has it: what patches are made against.
v1() {
    [ -d "$SHARED/v1" ] || { mkdir "$SHARED/v1"; ln -s "$IMAGE" "$SHARED/v1/device.img"; }
}

# repository NAME IMAGE…: a repository in $SHARED/NAME with version 1 and then the images.
repository() {
    name=$1
    shift
    [ ! -d "$SHARED/$name" ] || return 0
    v1
    publish "$SHARED/$name.new" v1
    for image in "$@"; do publish "$SHARED/$name.new" "$image"; done
    mv "$SHARED/$name.new" "$SHARED/$name"
}

# Version 2, which differs in one file, and its repository.
v2() {
    image v2 2.0.0 < /dev/null
    repository v2-repo v2
}

# A version 2 whose download takes a while, and its repository.
big() {
    mkdir -p "$SHARED/big-spec"
    [ -e "$SHARED/big-spec/payload" ] || head -c 24000000 /dev/urandom > "$SHARED/big-spec/payload"
    echo "  - { path: /usr/share/payload, source: ./payload }" | image big 2.0.0
    repository big-repo big
}
