# What the scenarios of this folder share, made once a run in $SHARED: keys, images, and repositories with one channel, "stable". Sourced by their `prepare`.
# The image of version 1 is the scenario's own ($IMAGE); the specs lie in $SCENARIOS.

# key NAME: a key pair, NAME.key and NAME.pub, without a password.
key() {
    [ -e "$SHARED/$1.pub" ] || (cd "$SHARED" && "$IMAGEBUILDER" keygen "$1" --no-password > /dev/null)
}

# image NAME VERSION ARGUMENT…: a disk of the device in $SHARED/NAME, of a version, with further arguments of `build`.
image() {
    name=$1 version=$2
    shift 2
    [ -d "$SHARED/$name" ] || {
        "$IMAGEBUILDER" build "$SCENARIOS/device.yaml" --set "version=$version" "$@" --output-dir "$SHARED/$name.new" > /dev/null 2>&1 \
            || { "$IMAGEBUILDER" build "$SCENARIOS/device.yaml" --set "version=$version" "$@" --output-dir "$SHARED/$name.new" -f; return 1; }
        mv "$SHARED/$name.new" "$SHARED/$name"
    }
}

# repository NAME ARGUMENT… -- IMAGE…: a repository in $SHARED/NAME, to which the images are published in turn, with further arguments of `publish`.
repository() {
    name=$1
    shift
    [ -d "$SHARED/$name" ] || {
        options=
        while [ "$1" != -- ]; do options="$options $1"; shift; done
        shift
        for source in "$@"; do
            "$IMAGEBUILDER" publish "$source" --repository "$SHARED/$name.new" --key "$SHARED/release.key" --channel stable $options
        done
        mv "$SHARED/$name.new" "$SHARED/$name"
    }
}
