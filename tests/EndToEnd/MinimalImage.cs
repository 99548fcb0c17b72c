namespace ImageBuilder.EndToEnd.Tests;

/// <summary>A minimal Debian live image, built once for all tests that look at it.</summary>
public sealed class MinimalImage : IDisposable
{
    private readonly TempFolder folder = new();

    public MinimalImage()
    {
        File.WriteAllText(folder["minimal.yaml"], Spec);
        var result = Program.Run(folder.Path, "build", "minimal.yaml", "--progress", "plain");
        Assert.True(result.ExitCode == 0, result.ToString());
        Iso = result.Image;
        Tool.Run("xorriso", "-osirrox", "on", "-indev", Iso, "-extract", "/live", folder["live"], "-extract", "/boot/grub/grub.cfg", folder["grub.cfg"]);
        Tool.Run("chmod", "-R", "u+rw", folder["live"]);
    }

    /// <summary>The spec: everything else is default. Each list of packages is a base of its own: so all tests have this one.</summary>
    public const string Spec = """
        schema: 1
        name: minimal
        version: 1.0.0
        base: { debian: { suite: trixie } }
        packages: [systemd-sysv, udev]
        kernel: { package: linux-image-amd64 }
        """;

    /// <summary>The folder with the spec in it.</summary>
    public string Folder => folder.Path;

    /// <summary>The ISO.</summary>
    public string Iso { get; }

    /// <summary>The root file system's layer, as xorriso took it out.</summary>
    public string Layer => Path.Combine(folder["live"], "root.squashfs");

    /// <summary>The initramfs, as xorriso took it out.</summary>
    public string Initramfs => Path.Combine(folder["live"], "initramfs.img");

    /// <summary>The kernel, as xorriso took it out.</summary>
    public string Kernel => Path.Combine(folder["live"], "vmlinuz");

    /// <summary>The boot menu.</summary>
    public string Menu => File.ReadAllText(folder["grub.cfg"]);

    public void Dispose() => folder.Dispose();
}
