using System.Text;
using System.Text.RegularExpressions;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Update.Slots;

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
    public static string Live(BuildPlan plan, MediumIdentity identity, string kernel, string initramfs) =>
        Fill(plan, identity, kernel, initramfs, "");

    /// <summary>The same for GRUB on another medium that holds this one as an ISO file: /boot/grub/loopback.cfg.</summary>
    public static string Loopback(BuildPlan plan, MediumIdentity identity, string kernel, string initramfs) =>
        Fill(plan, identity, kernel, initramfs, " " + LoopbackWord);

    /// <summary>
    /// The menu of a disk. It finds the disk by the partition that it lies on: no name of a disk or partition is literal, since a device gives itself
    /// new ones. What a slot's kernel is given stands in its boot set.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="slotA">The number of the partition with slot A's boot set.</param>
    /// <param name="slotB">The same of slot B.</param>
    public static string Disk(BuildPlan plan, int slotA, int slotB) => Templates.Fill("grub/disk.cfg.hbs", new Dictionary<string, object>
    {
        ["name"] = plan.Name,
        ["version"] = plan.Version,
        ["timeout"] = plan.BootMenu.Seconds,
        ["slotA"] = slotA,
        ["slotB"] = slotB,
        ["script"] = BootSetScript,
        ["diskWord"] = DiskWord + "$id",
        ["firstDefault"] = HintPlaces.Paths[0],
        ["secondDefault"] = HintPlaces.Paths[1],
        ["once"] = HintPlaces.Paths[2],
        ["shell"] = plan.Shell,
        ["locked"] = plan.BootMenu.IsLocked,
        ["user"] = GrubPassword.User,
        ["password"] = GrubPassword.Of(plan),
        ["free"] = plan.BootMenu.IsLocked ? " --unrestricted" : "",
    });

    /// <summary>The path of <see cref="BootSet"/> in a boot set, and on the EFI system partition for the factory's.</summary>
    public const string BootSetScript = "/boot.cfg";

    /// <summary>How a boot set is started: GRUB reads it with `root` set to the boot set's partition, and `ib_words` to the words that name slot and disk.</summary>
    public static string BootSet(BuildPlan plan, string kernel, string initramfs) => $"linux {kernel} {Quote(DiskCommandLine(plan))} $ib_words\ninitrd {initramfs}\n";

    /// <summary>What the kernel is given on every disk: a torn partition table still shows its partitions, a dead kernel starts again. The user's words come last, and win.</summary>
    public static string DiskCommandLine(BuildPlan plan) => $"gpt panic=10 {plan.Kernel.CommandLine}".TrimEnd();

    /// <summary>The live medium's own word and the user's. What the image's settings say is not said again, so that other words decide over it.</summary>
    public static string LiveCommandLine(BuildPlan plan, MediumIdentity identity) => $"{plan.Kernel.CommandLine} ib.id={identity.Id}".TrimStart();

    private static string Fill(BuildPlan plan, MediumIdentity identity, string kernel, string initramfs, string loopback)
    {
        var locked = plan.BootMenu.IsLocked && loopback.Length == 0;
        var live = LiveCommandLine(plan, identity);
        return Templates.Fill("grub/live.cfg.hbs", new Dictionary<string, object>
        {
            ["name"] = plan.Name,
            ["version"] = plan.Version,
            ["idFile"] = identity.IdFile,
            ["timeout"] = plan.BootMenu.Seconds,
            ["locked"] = locked,
            ["user"] = GrubPassword.User,
            ["password"] = locked ? GrubPassword.Of(plan) : "",
            ["kernel"] = kernel,
            ["initramfs"] = initramfs,
            ["ownMedium"] = loopback.Length == 0,
            ["entries"] = (Dictionary<string, object>[])
                [Entry("Live", ""), .. plan.Upper.IsPersistent ? Keeping() : [], Entry("Live, copied to RAM", " ib.toram"),
                    .. plan.Shell ? (Dictionary<string, object>[])[Entry("Debug shell", " ib.debug ib.break", isFree: false)] : []],
        });

        // The first entry uses a partition that is there; one in the free space of a stick is made for who asks for it.
        Dictionary<string, object>[] Keeping() => loopback.Length > 0 ? [Entry("Live, nothing kept", " ib.persist=0")]
            : [Entry("Live, making a partition on this stick that keeps changes", " ib.persist=create"), Entry("Live, nothing kept", " ib.persist=0")];

        Dictionary<string, object> Entry(string title, string more, bool isFree = true) =>
            new() { ["title"] = title, ["commandLine"] = Quote(live + more) + loopback, ["free"] = locked && isFree ? " --unrestricted" : "" };
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
