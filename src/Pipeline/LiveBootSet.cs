using ImageBuilder.Formats;
using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Images.BootLoader;
using ImageBuilder.Pipeline.Images.Disk;
using ImageBuilder.Pipeline.Inspection;

namespace ImageBuilder.Pipeline;

/// <summary>Kernel, initramfs and kernel command line of a live ISO or an appliance's disk, taken out so that a machine can start them without a boot loader.</summary>
/// <param name="Kernel">The kernel.</param>
/// <param name="Initramfs">The initramfs.</param>
/// <param name="CommandLine">What the menu's first entry says.</param>
public sealed record LiveBootSet(Content Kernel, Content Initramfs, string CommandLine)
{
    private const string Menu = "/boot/grub/grub.cfg";

    /// <summary>Reads the boot menu's first entry.</summary>
    /// <exception cref="ImageException">IB5020: the image has no boot menu that names kernel and initramfs.</exception>
    public static LiveBootSet Read(Content image) => DeviceDisk.OpenIfDisk(image) is { } disk ? Read(disk) : Read(IsoVolume.Open(image).ReadTree());

    /// <inheritdoc cref="Read(Content)"/>
    /// <param name="medium">The ISO's files.</param>
    public static LiveBootSet Read(Tree medium) => Read(medium, "", Menu);

    /// <summary>Slot A's boot set of a disk, with the words of its entry in the menu; the disk is named by what stays the same on every start.</summary>
    /// <exception cref="ImageException">IB5020: the disk has no such boot set.</exception>
    internal static LiveBootSet Read(DeviceDisk disk)
    {
        var set = Read(disk.Tree, "/" + DiskLayout.BootA, GrubMenu.BootSetScript);
        return set with { CommandLine = $"{set.CommandLine.TrimEnd()} ib.slot=a ib.disk={disk.DiskSelector}" };
    }

    /// <param name="medium">Files.</param>
    /// <param name="folder">The one that is GRUB's root.</param>
    /// <param name="script">What GRUB reads there.</param>
    private static LiveBootSet Read(Tree medium, string folder, string script)
    {
        var menu = File(script) ?? throw Missing(script);
        string[]? linux = null;
        string? initrd = null;
        foreach (var line in System.Text.Encoding.UTF8.GetString(menu.ToArray()).Split('\n'))
        {
            var words = line.Split((char[]?)null, 3, StringSplitOptions.RemoveEmptyEntries);
            if (linux is null && words is ["linux", _, ..])
                linux = words;
            else if (linux is not null && words is ["initrd", var path, ..])
                initrd ??= path;
        }
        if (linux is null || initrd is null)
            throw Missing("'linux' and 'initrd' lines in " + script);
        return new LiveBootSet(File(linux[1]) ?? throw Missing(linux[1]), File(initrd) ?? throw Missing(initrd), linux.Length > 2 ? GrubMenu.Unquote(linux[2].Trim()) : "");

        // GRUB may put a device before a path.
        Content? File(string path) => medium.Resolve(folder + path[(path.IndexOf(')', StringComparison.Ordinal) + 1)..]) is { Kind: NodeKind.File } file ? file.Content : null;
    }

    private static ImageException Missing(string what) => new(ImageErrorKind.Unsupported, "IB5020", $"the image cannot be started directly: it has no {what}; boot it with --firmware bios or uefi");
}
