#!/bin/sh
# Starts imagebuilder from wherever it lies, with the .NET runtime that is on the PATH.
here=$(dirname "$(readlink -f "$0")")
if [ -z "$DOTNET_ROOT" ] && dotnet=$(command -v dotnet); then
    DOTNET_ROOT=$(dirname "$(readlink -f "$dotnet")")
    export DOTNET_ROOT
fi
DOTNET_TieredPGO=0 exec "$here/lib/imagebuilder" "$@"
