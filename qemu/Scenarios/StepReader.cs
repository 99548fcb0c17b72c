using System.Globalization;
using System.Text.RegularExpressions;
using ImageBuilder.Qemu.Machines;
using ImageBuilder.Qemu.Servers;
using YamlDotNet.RepresentationModel;
using Entries = System.Collections.Generic.Dictionary<string, ImageBuilder.Qemu.Scenarios.NodeReader.Entry>;

namespace ImageBuilder.Qemu.Scenarios;

/// <summary>Reads one step: a mapping with the verb, the verb's argument, and options beside it.</summary>
internal static class StepReader
{
    private static readonly string[] Verbs = ["boot", "login", "expect", "send", "run", "reboot", "power-cut", "poweroff", "serve", "host"];

    // Generous: without KVM a boot takes a minute, on a busy machine more.
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(300);
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan MatchLimit = TimeSpan.FromSeconds(5);

    /// <summary>The step; null, with diagnostics, when it is wrong.</summary>
    public static ScenarioStep? Read(NodeReader nodes, YamlNode node)
    {
        if (nodes.Mapping(node, "a step") is not { } keys)
            return null;
        var verbs = keys.Keys.Where(Verbs.Contains).ToArray();
        if (verbs.Length != 1)
        {
            ReportVerb(nodes, node, keys, verbs);
            return null;
        }
        var count = nodes.Diagnostics.Count;
        var verb = verbs[0];
        var argument = keys[verb].Value;
        nodes.RejectUnknown(keys, $"step '{verb}'", verb switch
        {
            "run" => ["run", "exit", "output", "timeout"],
            "send" => ["send", "enter"],
            "power-cut" or "serve" => [verb],
            _ => [verb, "timeout"],
        });
        var line = (int)node.Start.Line;
        ScenarioStep? step = verb switch
        {
            "boot" => Boot(nodes, argument, line, Timeout(nodes, keys, Usual)),
            "login" => Login(nodes, argument, line, Timeout(nodes, keys, Long)),
            "expect" => Pattern(nodes, argument, "expect") is { } pattern ? new ExpectStep(line, Timeout(nodes, keys, TimeSpan.FromSeconds(60)), pattern) : null,
            "send" => Send(nodes, keys, argument, line),
            "run" => Run(nodes, keys, argument, line, Timeout(nodes, keys, Usual)),
            "serve" => Serve(nodes, argument, line),
            "host" => nodes.Text(argument, "host") is { } script ? new HostStep(line, Timeout(nodes, keys, Long), script) : null,
            "reboot" => Bare(nodes, argument, verb, []) is not null ? new RebootStep(line, Timeout(nodes, keys, Usual)) : null,
            "power-cut" => PowerCut(nodes, argument, line),
            _ => Bare(nodes, argument, verb, []) is not null ? new PowerOffStep(line, Timeout(nodes, keys, Usual)) : null,
        };
        return nodes.Diagnostics.Count == count ? step : null;
    }

    private static void ReportVerb(NodeReader nodes, YamlNode node, Entries keys, string[] verbs)
    {
        if (verbs.Length > 1)
            nodes.Report(keys[verbs[1]].Key, "IB6205", $"a step does one thing, this one '{verbs[0]}' and '{verbs[1]}'; make two steps of it");
        else if (keys.Count > 0)
            nodes.Report(keys.First().Value.Key, "IB6203", $"unknown step '{keys.First().Key}'{NodeReader.Suggestion(keys.First().Key, Verbs)}");
        else
            nodes.Report(node, "IB6205", $"an empty step; known: {string.Join(", ", Verbs)}");
    }

    private static BootStep? Boot(NodeReader nodes, YamlNode node, int line, TimeSpan timeout)
    {
        if (Bare(nodes, node, "boot", ["firmware", "media", "bus", "image", "memory", "cpus", "cmdline", "clock", "watchdog", "until"]) is not { } keys)
            return null;
        var firmware = Option<Firmware>(nodes, keys, "firmware", "bios, uefi, secure or direct", TryWord);
        var media = Option<Media>(nodes, keys, "media", "cdrom, usb, disk or none", TryWord);
        var bus = Option<Bus>(nodes, keys, "bus", "virtio, scsi, ahci, nvme, usb, uas or sd", TryWord);
        var image = keys.TryGetValue("image", out var medium) ? nodes.Text(medium.Value, "image") : null;
        if (image is not null && image != Path.GetFileName(image))
            nodes.Report(medium!.Value, "IB6204", "'image' must be the name of a file that 'prepare' makes, without a folder");
        var memory = Option<MemorySize>(nodes, keys, "memory", "a size such as 1G or 768M", MemorySize.TryParse);
        var cpus = Option<int>(nodes, keys, "cpus", "a number from 1 to 255", TryCpus);
        var commandLine = keys.TryGetValue("cmdline", out var given) ? nodes.Text(given.Value, "cmdline") : null;
        // With the firmware left out, that of the boot before counts, and the runner looks again.
        if (commandLine is not null && firmware is not (null or Firmware.Direct))
            nodes.Report(given!.Key, "IB6205", "'cmdline' needs firmware 'direct': otherwise the boot loader of the image gives the command line");
        if (media == Media.None && firmware is not (null or Firmware.Direct))
            nodes.Report(keys["media"].Key, "IB6205", "media 'none' needs firmware 'direct': otherwise there is nothing to boot from");
        return new BootStep(line, timeout, firmware, media, bus, image, memory, cpus, commandLine)
        {
            Clock = Option<DateTime>(nodes, keys, "clock", "a time such as 2031-01-31T12:00:00", TryClock),
            Watchdog = Option<bool>(nodes, keys, "watchdog", "true or false", bool.TryParse),
            Until = keys.TryGetValue("until", out var until) ? Pattern(nodes, until.Value, "until") : null,
        };
    }

    private static ServeStep? Serve(NodeReader nodes, YamlNode node, int line)
    {
        if (Bare(nodes, node, "serve", ["folder", "port", "cutAfter", "rate", "flip", "endless", "off"]) is not { } keys)
            return null;
        var folder = keys.TryGetValue("folder", out var named) ? nodes.Text(named.Value, "folder") : null;
        if (folder is not null && folder != Path.GetFileName(folder))
            nodes.Report(named!.Value, "IB6204", "'folder' must be the name of a folder that 'prepare' or 'host' makes");
        return new ServeStep(line, Usual, folder, Option<int>(nodes, keys, "port", "a port from 1024 to 65535", TryPort), new ServerFaults
        {
            CutAfter = Option<long>(nodes, keys, "cutAfter", "a number of bytes", TryBytes),
            Rate = Option<long>(nodes, keys, "rate", "a number of bytes per second from 1", TryBytes),
            Flip = Option<bool>(nodes, keys, "flip", "true or false", bool.TryParse) ?? false,
            Endless = Option<bool>(nodes, keys, "endless", "true or false", bool.TryParse) ?? false,
            Off = Option<bool>(nodes, keys, "off", "true or false", bool.TryParse) ?? false,
        });
    }

    private static LoginStep? Login(NodeReader nodes, YamlNode node, int line, TimeSpan timeout)
    {
        if (nodes.Mapping(node, "'login'") is not { } keys)
            return null;
        nodes.RejectUnknown(keys, "'login'", ["user", "password"]);
        var password = keys.TryGetValue("password", out var secret) ? nodes.Text(secret.Value, "password") : null;
        if (keys.TryGetValue("user", out var user))
            return nodes.Text(user.Value, "user") is { } name ? new LoginStep(line, timeout, name, password) : null;
        nodes.Report(node, "IB6204", "'login' needs a 'user'");
        return null;
    }

    private static SendStep? Send(NodeReader nodes, Entries keys, YamlNode argument, int line)
    {
        var enter = Option<bool>(nodes, keys, "enter", "true or false", bool.TryParse) ?? true;
        if (argument is YamlScalarNode { Value: { } text } && (text.Length > 0 || enter))
            return new SendStep(line, Usual, text, enter);
        nodes.Report(argument, "IB6204", "'send' must be the text to type");
        return null;
    }

    private static RunStep? Run(NodeReader nodes, Entries keys, YamlNode argument, int line, TimeSpan timeout)
    {
        var exit = Option<int>(nodes, keys, "exit", "an exit code from 0 to 255", TryExitCode) ?? 0;
        var output = keys.TryGetValue("output", out var pattern) ? Pattern(nodes, pattern.Value, "output") : null;
        return nodes.Text(argument, "run") is { } command ? new RunStep(line, timeout, command, exit, output) : null;
    }

    private static PowerCutStep? PowerCut(NodeReader nodes, YamlNode node, int line)
    {
        if (Bare(nodes, node, "power-cut", ["after"]) is not { } keys)
            return null;
        var after = Option<TimeSpan>(nodes, keys, "after", "a number of seconds", TrySeconds) ?? TimeSpan.Zero;
        return new PowerCutStep(line, after + Usual, after);
    }

    /// <summary>A verb's optional argument: keys and values, or nothing at all.</summary>
    private static Entries? Bare(NodeReader nodes, YamlNode node, string verb, string[] known)
    {
        if (node is YamlScalarNode { Value: null or "" or "~" or "null" })
            return [];
        if (nodes.Mapping(node, $"'{verb}'") is not { } keys)
            return null;
        foreach (var (name, entry) in known.Length == 0 ? keys : [])
            nodes.Report(entry.Key, "IB6203", $"unknown key '{name}' in '{verb}', which takes none");
        if (known.Length > 0)
            nodes.RejectUnknown(keys, $"'{verb}'", known);
        return keys;
    }

    private static T? Option<T>(NodeReader nodes, Entries keys, string name, string expected, NodeReader.TryParse<T> parse) where T : struct =>
        keys.TryGetValue(name, out var entry) ? nodes.Value(entry.Value, name, expected, parse) : null;

    private static TimeSpan Timeout(NodeReader nodes, Entries keys, TimeSpan usual) =>
        Option<TimeSpan>(nodes, keys, "timeout", "a number of seconds", TrySeconds) ?? usual;

    private static Regex? Pattern(NodeReader nodes, YamlNode node, string what)
    {
        if (nodes.Text(node, what) is not { } text)
            return null;
        try
        {
            return new Regex(text, RegexOptions.Multiline | RegexOptions.CultureInvariant, MatchLimit);
        }
        catch (ArgumentException e)
        {
            nodes.Report(node, "IB6204", $"'{what}' must be a regular expression: {e.Message}");
            return null;
        }
    }

    // Lower case only, as the command line has it; numbers, which Enum.TryParse takes, too, are no words.
    private static bool TryWord<T>(string text, out T value) where T : struct, Enum
    {
        value = default;
        return text.All(char.IsAsciiLetterLower) && Enum.TryParse(text, ignoreCase: true, out value);
    }

    private static bool TryCpus(string text, out int value) => TryNumber(text, 1, 255, out value);

    private static bool TryPort(string text, out int value) => TryNumber(text, 1024, 65535, out value);

    private static bool TryBytes(string text, out long value) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value > 0;

    private static bool TryClock(string text, out DateTime value) =>
        DateTime.TryParseExact(text, "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out value);

    private static bool TryExitCode(string text, out int value) => TryNumber(text, 0, 255, out value);

    private static bool TryNumber(string text, int least, int most, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least && value <= most;

    private static bool TrySeconds(string text, out TimeSpan value)
    {
        const int Day = 86400;
        var ok = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= Day;
        value = ok ? TimeSpan.FromSeconds(seconds) : default;
        return ok;
    }
}
