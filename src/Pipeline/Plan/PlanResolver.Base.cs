using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Pipeline.Spec;

namespace ImageBuilder.Pipeline.Plan;

/// <summary>Base, packages and kernel.</summary>
internal sealed partial class PlanResolver
{
    /// <summary>Debian releases with a "-security" suite (the archive's naming since bullseye).</summary>
    private static readonly string[] ReleasesWithSecurity = ["bullseye", "bookworm", "trixie", "stable", "oldstable"];

    private DebianBase ResolveDebian(SpecMap debian)
    {
        var type = debian.Type;
        var snapshot = debian.Text("snapshot")?.Value;
        var mirror = debian.Text("mirror", snapshot is null ? type.Key("mirror")!.Default! : $"http://snapshot.debian.org/archive/debian/{snapshot}/");
        var suite = debian.Text("suite", "");
        return new DebianBase
        {
            Suite = suite,
            Mirror = mirror,
            Variant = debian.Text("variant", type.Key("variant")!.Default!),
            Components = debian.Strings("components", "main"),
            Sources = [.. UpdateArchives(suite, mirror, snapshot, debian), .. debian.Maps("sources").Select(ResolveArchive)],
            Recommends = debian.Switch("recommends"),
            Snapshot = snapshot,
        };
    }

    /// <summary>The archives that fix a stable release after its day: an image without them would ship known holes.</summary>
    private static IEnumerable<DebianSource> UpdateArchives(string suite, string mirror, string? snapshot, SpecMap debian)
    {
        if (!debian.Switch("security", byDefault: true) || !ReleasesWithSecurity.Contains(suite))
            yield break;
        var components = debian.Strings("components", "main");
        yield return new DebianSource(mirror, suite + "-updates", components, null);
        yield return new DebianSource(snapshot is null ? "http://deb.debian.org/debian-security" : $"http://snapshot.debian.org/archive/debian-security/{snapshot}/",
            suite + "-security", components, null);
    }

    private DebianSource ResolveArchive(SpecMap archive)
    {
        var suite = archive.Text("suite");
        var components = archive.Strings("components");
        if (suite is not null && suite.Value.EndsWith('/') && components.Count > 0)
            _diagnostics.Add(SpecErrors.Contradiction, archive.KeySpan("components"), $"the suite {Diagnostic.Quote(suite.Value)} ends with '/', so the archive is flat and has no components");
        else if (suite is not null && !suite.Value.EndsWith('/') && components.Count == 0)
            _diagnostics.Add(SpecErrors.Contradiction, suite.Span, $"the archive needs `components:`, or a suite that ends with '/' when it is flat");
        var key = archive.Text("key") is { } path ? ExistingFile(path, "key", folderAllowed: false) : null;
        return new DebianSource(archive.Text("uri", ""), suite?.Value ?? "", components, key);
    }

    private (List<string> Names, List<string> Local) ResolvePackages()
    {
        var names = new List<string>();
        var local = new List<string>();
        foreach (var package in _spec.Texts("packages"))
        {
            if (!package.Value.StartsWith("./", StringComparison.Ordinal))
                names.Add(package.Value);
            else if (ExistingFile(package, "local package", folderAllowed: false) is { } path)
                local.Add(path);
        }
        return (names, local);
    }

    /// <summary>Packages that other keys need; those that the spec names itself are not among them.</summary>
    private static List<ImpliedPackage> Implied(List<string> named, string kernel, string locale, string timezone, string? keymap)
    {
        var implied = new List<ImpliedPackage> { new(kernel, "kernel") };
        if (locale is not ("C" or "POSIX" or "C.UTF-8"))
            implied.Add(new("locales", $"locale {locale}"));
        if (timezone != "UTC")
            implied.Add(new("tzdata", $"timezone {timezone}"));
        if (keymap is not null)
            implied.Add(new("console-setup", $"keymap {keymap}"));
        return [.. implied.Where(package => !named.Select(Bare).Contains(Bare(package.Name)))];
    }

    private static string Bare(string package) => package.Split(':', '=', '/')[0];

    private KernelPlan ResolveKernel(SpecMap kernel)
    {
        var cmdline = kernel.Text("cmdline");
        foreach (var word in BootReading.Of(KernelCommandLine.Parse(cmdline?.Value ?? "")).Words.Where(word => word.Problem is not null))
            Report(cmdline!, word);
        var type = SpecSchema.Document.Key("kernel")!.Type;
        var package = kernel.Text("package");
        return new KernelPlan(package?.Value ?? type.Key("package")!.Default!, cmdline?.Value ?? type.Key("cmdline")!.Default!);
    }

    private void Report(SpecText cmdline, WordReading word)
    {
        if (word.Known is { Later: true })
            _diagnostics.Add(SpecErrors.NotYet, Within(cmdline, word.Said.Key), $"not yet: the boot program does not know '{word.Said.Key}' today; leave it out");
        else if (word.Known is null)
            _diagnostics.Add(SpecErrors.BootWord, Within(cmdline, word.Said.Key),
                $"unknown key {Diagnostic.Quote(word.Said.Key)} on the kernel command line; {Suggestion.OrAll(word.Said.Key, BootWords.OursNow, "ib.* keys are:")}");
        else
            _diagnostics.Add(SpecErrors.BootWord, Within(cmdline, word.Said.Key), $"{Diagnostic.Quote(word.Said.ToString())} on the kernel command line: {word.Problem}");
    }

    /// <summary>The place of a word in a value, when it stands on the line where the value begins; else the value's place.</summary>
    private SourceSpan Within(SpecText value, string word)
    {
        var line = value.Span.Line == 0 ? null : _diagnostics.Source.Line(value.Span.Line);
        var index = line?.IndexOf(word, Math.Min(value.Span.Column - 1, line.Length), StringComparison.Ordinal) ?? -1;
        return index < 0 ? value.Span : new SourceSpan(value.Span.Line, index + 1, word.Length);
    }
}
