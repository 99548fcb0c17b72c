#!/bin/sh
# Starts imagebuilder from wherever it lies, with the .NET runtime that is on the PATH. Without processes of its own where it can: four of
# them took a fifth of the whole start.
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
[ ! -L "$0" ] || here=$(dirname "$(readlink -f "$0")")
# Where the program looks by itself.
if [ -z "$DOTNET_ROOT" ] && dotnet=$(command -v dotnet) && ! [ "$dotnet" -ef /usr/share/dotnet/dotnet -a ! -e /etc/dotnet/install_location ]; then
    DOTNET_ROOT=$(dirname "$(readlink -f "$dotnet")")
    export DOTNET_ROOT
fi
exec "$here/lib/imagebuilder" "$@"
