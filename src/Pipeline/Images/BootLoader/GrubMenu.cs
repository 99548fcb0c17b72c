using System.Text;
using System.Text.RegularExpressions;
using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Images.BootLoader;

/// <summary>The boot menu: literal kernel command lines, so that what boots can be read in one file.</summary>
internal static partial class GrubMenu
{
    private const string Special = @"\$;&|<>{}'#";
    private const string SpecialInQuotes = @"\$";

    // GRUB fills it in: multi-boot sticks set iso_path before they read a medium's loopback.cfg.
    private const string LoopbackWord = "\"iso-scan/filename=${iso_path}\"";

    /// <summary>In a disk's menu the beginning of the word that tells the boot program its disk; GRUB fills in the EFI system partition's GUID.</summary>
    internal const string DiskWord = "ib.disk=PARTUUID=";

    /// <summary>The menu of a live medium; the first entry boots by itself.</summary>
    public static string Live(BuildPlan plan, MediumIdentity identity, string kernel, string initramfs, int seconds) =>
        Fill(plan, identity, kernel, initramfs, seconds, "");

    /// <summary>The same for GRUB on another medium that holds this one as an ISO file: /boot/grub/loopback.cfg.</summary>
    public static string Loopback(BuildPlan plan, MediumIdentity identity, string kernel, string initramfs) =>
        Fill(plan, identity, kernel, initramfs, 0, " " + LoopbackWord);

    /// <summary>
    /// The menu of a disk. It finds the disk by the partition that it lies on: no name of a disk or partition is literal, since a device gives itself
    /// new ones.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="slotPartition">The number of the partition with slot A's boot set.</param>
    /// <param name="kernel">The kernel's path in a boot set; the EFI system partition has the factory's.</param>
    /// <param name="initramfs">The initramfs's path there.</param>
    /// <param name="seconds">How long it waits.</param>
    public static string Disk(BuildPlan plan, int slotPartition, string kernel, string initramfs, int seconds)
    {
        var slot = $"($disk,gpt{slotPartition})";
        return Templates.Fill("grub/disk.cfg.hbs", new Dictionary<string, object>
        {
            ["name"] = plan.Name,
            ["version"] = plan.Version,
            ["timeout"] = seconds,
            ["kernel"] = kernel,
            ["initramfs"] = initramfs,
            ["diskWord"] = DiskWord + "$id",
            ["entries"] = new[]
            {
                Entry($"{plan.Name} {plan.Version}", "a", slot, "ib.slot=a"), Entry("Factory state", "factory", "($root)", "ib.slot=factory"),
                Entry("Reset to factory state", "reset", slot, "ib.slot=a ib.reset"), Entry("Debug shell", "debug", slot, "ib.slot=a ib.debug ib.break"),
            },
        });

        Dictionary<string, object> Entry(string title, string id, string from, string more) => new()
        {
            ["title"] = title, ["id"] = id, ["from"] = from, ["commandLine"] = Quote($"{DiskCommandLine(plan)} {more}"),
        };
    }

    /// <summary>What the kernel is given on every disk: a torn partition table still shows its partitions, a dead kernel starts again. The user's words come last, and win.</summary>
    public static string DiskCommandLine(BuildPlan plan) => $"gpt panic=10 {plan.Kernel.CommandLine}".TrimEnd();

    /// <summary>The live medium's own word and the user's. What the image's settings say is not said again, so that other words decide over it.</summary>
    public static string LiveCommandLine(BuildPlan plan, MediumIdentity identity) => $"{plan.Kernel.CommandLine} ib.id={identity.Id}".TrimStart();

    private static string Fill(BuildPlan plan, MediumIdentity identity, string kernel, string initramfs, int seconds, string loopback)
    {
        var live = LiveCommandLine(plan, identity);
        return Templates.Fill("grub/live.cfg.hbs", new Dictionary<string, object>
        {
            ["name"] = plan.Name,
            ["version"] = plan.Version,
            ["idFile"] = identity.IdFile,
            ["timeout"] = seconds,
            ["kernel"] = kernel,
            ["initramfs"] = initramfs,
            ["ownMedium"] = loopback.Length == 0,
            ["entries"] = (Dictionary<string, object>[])
                [Entry("Live", ""), .. plan.Upper.IsPersistent ? Keeping() : [], Entry("Live, copied to RAM", " ib.toram"), Entry("Debug shell", " ib.debug ib.break")],
        });

        // The first entry uses a partition that is there; one in the free space of a stick is made for who asks for it.
        Dictionary<string, object>[] Keeping() => loopback.Length > 0 ? [Entry("Live, nothing kept", " ib.persist=0")]
            : [Entry("Live, making a partition on this stick that keeps changes", " ib.persist=create"), Entry("Live, nothing kept", " ib.persist=0")];

        Dictionary<string, object> Entry(string title, string more) => new() { ["title"] = title, ["commandLine"] = Quote(live + more) + loopback };
    }

    /// <summary>A kernel command line as GRUB's script language takes it: what means something to that language follows a backslash.</summary>
    /// <remarks>GRUB manual, "Quoting". Double quotes are left alone: they group words for the kernel just as for GRUB.</remarks>
    internal static string Quote(string commandLine)
    {
        var text = new StringBuilder(commandLine.Length);
        var quoted = false;
        foreach (var c in commandLine)
        {
            quoted ^= c == '"';
            if ((quoted ? SpecialInQuotes : Special).Contains(c))
                text.Append('\\');
            text.Append(c);
        }
        return text.ToString();
    }

    /// <summary>Undoes <see cref="Quote"/>; a variable is empty, as for GRUB when nobody has set it (live-build's menus have findiso=${iso_path}).</summary>
    internal static string Unquote(string text) => EscapedOrVariable().Replace(text, "$1");

    [GeneratedRegex(@"\\(.)|\$(?:\{\w+\}|\w+)")]
    private static partial Regex EscapedOrVariable();
}
