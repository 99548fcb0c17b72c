using ImageBuilder.Linux.Mounts;

namespace ImageBuilder.Init;

/// <summary>The init of the real system. Looked for before anything is taken apart.</summary>
internal static class RealInit
{
    private static readonly string[] Usual = ["/sbin/init", "/usr/lib/systemd/systemd", "/lib/systemd/systemd", "/etc/init", "/bin/init", "/bin/sh"];

    public static void Find(Boot boot)
    {
        var root = new RootFolder(Paths.NewRoot);
        IReadOnlyList<string> candidates = boot.Options.RealInit is { } wanted ? [wanted] : Usual;
        boot.RealInit = candidates.FirstOrDefault(root.IsExecutable) ?? throw new BootException(
            boot.Options.RealInit is { } asked ? $"init={asked} does not exist in the root image, or is not executable" : "the root image has no init",
            ["Add a package with an init to the spec, such as systemd-sysv, or name one with init=."], [$"looked for: {string.Join(", ", candidates)}"]);
        boot.Timeline.Set("init", boot.RealInit);
        boot.Decide("init", boot.RealInit, boot.Options.RealInit is null ? "first of the usual places" : "kernel command line");
    }
}
