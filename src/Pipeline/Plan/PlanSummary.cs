using System.Globalization;
using System.Text;

namespace ImageBuilder.Pipeline.Plan;

/// <summary>The resolved plan for people and for programs, before any work is done.</summary>
public static class PlanSummary
{
    private const int LabelWidth = 14;
    private const int TextWidth = 100;

    /// <summary>The plan as JSON; secrets are not shown.</summary>
    public static string ToJson(BuildPlan plan) => PlanJson.ToShow(plan);

    /// <summary>The plan as aligned text, one screen for an ordinary spec; secrets are not shown.</summary>
    public static string ToText(BuildPlan plan)
    {
        var text = new StringBuilder($"{plan.ArtefactName}\n");
        Line("Plan", PlanHash.Of(plan)[..16]);

        Group("Base");
        if (plan.Base is ReadyBase ready and not LayersBase)
        {
            Line(ready.Key, Shown(plan, ready.Path));
            Line("boot loader", ready.BootLoader is { } suite ? $"Debian {suite.Suite}" : "from the base; when it has none, from the Debian release that it is");
        }
        else if (plan.Base is DebianBase debian)
        {
            Line("debian", $"{debian.Suite} ({string.Join(' ', debian.Components)}), {debian.Variant}{(debian.Recommends ? ", with recommended packages" : "")}");
        }
        if ((plan.Base as DebianBase ?? (plan.Base as ReadyBase)?.BootLoader) is { } archives)
        {
            Line("mirror", archives.Mirror);
            Lines("source", archives.Sources.Select(source => $"{source.Uri} {source.Suite} {string.Join(' ', source.Components)}".TrimEnd() + (source.Key is null ? "" : $" (key {Shown(plan, source.Key)})")));
        }
        Lines("layer", plan.Layers.Select(layer => Shown(plan, layer.Path) + (layer.Spec is { } spec ? $" ({spec.ArtefactName}, plan {PlanHash.Of(spec)[..16]})" : "")));
        var implied = plan.ImpliedPackages.Select(package => package.Name).ToHashSet();
        Line("packages", string.Join(' ', plan.Packages.Take(plan.Packages.Count - implied.Count)));
        Lines("implied", plan.ImpliedPackages.Select(package => $"{package.Name} (by {package.Reason})"));
        Lines("local", plan.LocalPackages.Select(path => Shown(plan, path)));

        Group("System");
        Line("hostname", plan.Hostname);
        Line("locale", $"{plan.Locale}, time zone {plan.Timezone}, keymap {plan.Keymap ?? "of the kernel (US)"}");
        Lines("users", plan.Users.Select(User));
        Line("enable", string.Join(' ', plan.Services.Enable));
        Line("disable", string.Join(' ', plan.Services.Disable));
        Lines("files", plan.Files.Select(file => FileLine(plan, file)));
        Lines("scripts", plan.Scripts.Select(script => $"{(script.Stage == ScriptStage.Base ? "base" : "final")}: {FirstLine(script.Run)}"));

        Group("Boot");
        Line("cmdline", plan.Kernel.CommandLine);
        Line("drivers", plan.Drivers.Profile == "list" ? string.Join(' ', plan.Drivers.Modules) : plan.Drivers.Profile);
        Line("upper", Upper(plan.Upper));
        Line("persist", string.Join(' ', plan.Persist));
        Lines("writable", plan.Writable.Select(area => $"{area.Path}, at most {Size(area.Size)}"));
        Line("reserve", plan.Reserve is { } reserve ? Size(reserve) : "");
        Line("agent", plan.Agent ? "imageagent" : "");
        if (plan.Update is { Settings: var update })
        {
            Line("update", update.Url.Length == 0 ? "by hand (imageagent install --from)" : $"{update.Url}, channel {update.Channel}{(update.Automatic ? "" : ", looked for only")}");
            Lines("keys", update.Keys.Select(trusted => trusted.Key.ToLine()));
            Line("trial", $"{update.Tries} tries, healthy after {update.HealthTimeout} s at most{(update.Offline ? ", without contact to the repository" : "")}; carried: {(update.Carry.Count == 0 ? "nothing" : string.Join(' ', update.Carry))}");
        }
        Line("menu", $"waits {plan.BootMenu.Seconds} s{(plan.BootMenu.IsLocked ? ", locked by a password" : "")}{(plan.Shell ? "" : "; no prompt of the boot program")}");

        Group("Image");
        Line("compression", plan.Compression.Level == 0 ? plan.Compression.Compressor : $"{plan.Compression.Compressor}, level {plan.Compression.Level}");
        Line("boot order", plan.BootOrder is { } order ? Shown(plan, order) : "");
        Line("keep", string.Join(' ', new[] { plan.Keep.Apt ? "apt" : "", plan.Keep.Kernel ? "kernel" : "" }.Where(kept => kept.Length > 0)));
        Line("outputs", string.Join(' ', plan.Outputs.Select(output => $"{plan.FileName(output)}")));
        if (plan.HasDisk)
            Line("disk", $"{(plan.Disk.Size is { } size ? Size(size) : "the least that holds everything")}, sectors of {plan.Disk.SectorSize} bytes{(plan.Disk.SectorSize == 4096 ? " (UEFI only)" : "")}");
        Line("limits", Limits(plan.Limits));
        return text.ToString();

        void Group(string title) => text.Append('\n').Append(title).Append('\n');

        void Lines(string label, IEnumerable<string> values)
        {
            foreach (var value in values)
            {
                Line(label, value);
                label = "";
            }
        }

        void Line(string label, string value)
        {
            if (value.Length == 0)
                return;
            var name = label is "Plan" ? label : "  " + label;
            foreach (var part in Wrap(value))
            {
                text.Append(name.PadRight(LabelWidth)).Append(part).Append('\n');
                name = "";
            }
        }
    }

    /// <summary>Permission bits as four octal digits.</summary>
    internal static string Octal(ushort mode) => "0" + Convert.ToString(mode, 8).PadLeft(3, '0');

    /// <summary>A size in the largest unit that keeps it whole.</summary>
    internal static string Size(long bytes)
    {
        var unit = 0;
        while (unit < 4 && bytes != 0 && bytes % 1024 == 0)
        {
            bytes /= 1024;
            unit++;
        }
        return bytes.ToString(CultureInfo.InvariantCulture) + (unit == 0 ? " bytes" : " " + "KMGT"[unit - 1] + "iB");
    }

    private static string Upper(UpperPlan upper)
    {
        if (upper.Kind == "none")
            return "none (read-only root)";
        if (!upper.IsPersistent)
            return $"{upper.Kind}, at most {upper.Size}{(upper.Size.EndsWith('%') ? " of the memory" : "")}";
        return "persistent" + (upper.Limit is { } limit ? $", at most {Size(limit)}" : "") + (upper.Snapshots > 0 ? $", {upper.Snapshots} snapshots" : "")
            + (upper.MemoryOnFailure ? $"; when it cannot be mounted: tmpfs, at most {upper.Size}" : "; when it cannot be mounted: stop");
    }

    private static string User(UserPlan user)
    {
        var parts = new List<string>();
        if (user.Uid is { } uid)
            parts.Add($"uid {uid}");
        parts.Add(user.Password is not null ? "password" : user.PasswordHash is not null ? "password hash" : "no password");
        if (user.SshKeys.Count > 0)
            parts.Add(user.SshKeys.Count == 1 ? "1 ssh key" : $"{user.SshKeys.Count} ssh keys");
        if (user.Groups.Count > 0)
            parts.Add("groups " + string.Join(' ', user.Groups));
        if (user.Shell is not null)
            parts.Add(user.Shell);
        if (user.Home is not null)
            parts.Add("home " + user.Home);
        if (user.Autologin)
            parts.Add("logged in automatically");
        return $"{user.Name}: {string.Join(", ", parts)}";
    }

    private static string FileLine(BuildPlan plan, FilePlan file)
    {
        var from = file.Source is not null ? Shown(plan, file.Source) : $"{Encoding.UTF8.GetByteCount(file.Content ?? "")} bytes of text";
        var mode = file.Mode is { } bits ? $", mode {Octal(bits)}" : "";
        var owner = file.Owner == "root" && file.Group is null or "root" ? "" : $", owner {file.Owner}{(file.Group is null ? "" : ":" + file.Group)}";
        return $"{file.Path} ← {from}{mode}{owner}";
    }

    private static string Limits(LimitsPlan limits) => string.Join(", ", new[]
    {
        limits.Iso is { } iso ? $"iso {Size(iso)}" : "",
        limits.Disk is { } disk ? $"disk {Size(disk)}" : "",
        limits.Initramfs is { } initramfs ? $"initramfs {Size(initramfs)}" : "",
        limits.Boot is { } boot ? $"boot {boot.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s" : "",
    }.Where(limit => limit.Length > 0));

    private static string Shown(BuildPlan plan, string path) =>
        path.StartsWith(plan.SpecFolder.TrimEnd('/') + "/", StringComparison.Ordinal) ? "./" + Path.GetRelativePath(plan.SpecFolder, path) : path;

    private static string FirstLine(string script)
    {
        var lines = script.Trim().Split('\n');
        return Spec.Diagnostic.Clean(lines[0].TrimEnd()) + (lines.Length > 1 ? $" … ({lines.Length} lines)" : "");
    }

    private static IEnumerable<string> Wrap(string value)
    {
        var width = TextWidth - LabelWidth;
        while (value.Length > width && value.LastIndexOf(' ', width) is > 0 and var space)
        {
            yield return value[..space];
            value = value[(space + 1)..];
        }
        yield return value;
    }
}
