namespace ImageBuilder.Agent.Tests.Updates;

/// <summary>The native program in a system's root, as a device runs it. Needs root, and ./build.sh before.</summary>
internal static class DeviceProgram
{
    /// <summary>Whether it was built.</summary>
    public static bool IsThere => BuiltProgram.AreThere(BuiltProgram.Agent);

    /// <summary>
    /// Runs a script where `agent` is the program in the system's root ($ROOT), with libssl beside it, and without the right to restart this machine. $F is the system's folder,
    /// whose run is the root's /run.
    /// </summary>
    /// <param name="system">The system.</param>
    /// <param name="script">For bash.</param>
    /// <param name="repository">A folder that is /repo in the root; null for none.</param>
    public static (int Code, string Output) Run(BootedSystem system, string script, string? repository = null)
    {
        var setup = $$"""
            mount --make-rprivate /
            unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR NOTIFY_SOCKET
            export F={{Path.GetDirectoryName(system.Root)}} ROOT={{system.Root}}
            mkdir -p $ROOT/proc $ROOT/dev $ROOT/sys $ROOT/run $ROOT/repo $ROOT$F/run $ROOT/usr/bin
            cp {{BuiltProgram.Agent}} $ROOT/usr/bin/imageagent
            for library in $(ldd {{BuiltProgram.Agent}} $(ls /lib/*/lib{ssl,crypto}.so.3 2>/dev/null) | grep -o '/[^ :)]*'); do mkdir -p $ROOT${library%/*}; [ -e $ROOT$library ] || cp -L $library $ROOT$library; done
            for folder in proc dev; do mount --rbind /$folder $ROOT/$folder; done
            mount --bind {{system.Disk!.Sysfs}} $ROOT/sys
            mount --rbind $F/run $ROOT/run
            mount --rbind $F/run $ROOT$F/run
            {{(repository is null ? "" : $"mount --bind {repository} $ROOT/repo")}}
            agent() { chroot $ROOT /usr/bin/imageagent "$@"; }
            {{script}}
            """;
        var (code, output, error) = Tool.TryRun("unshare", "-m", "setpriv", "--bounding-set=-sys_boot", "--inh-caps=-sys_boot", "bash", "-c", setup);
        return (code, output + error);
    }
}
