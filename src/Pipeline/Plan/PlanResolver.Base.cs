using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Pipeline.Spec;

namespace ImageBuilder.Pipeline.Plan;

/// <summary>Base, packages and kernel.</summary>
internal sealed partial class PlanResolver
{
    private BasePlan ResolveBase(SpecMap given)
    {
        var bootLoader = given.Has("bootLoader") ? ResolveDebian(given.Map("bootLoader")) : null;
        if (given.Has("debian") && bootLoader is not null)
            _diagnostics.Add(SpecErrors.Contradiction, given.KeySpan("bootLoader"), "base.debian takes the boot loader from its own suite; leave bootLoader out");
        if (given.Text("tar") is { } tar)
            return new TarBase(ExistingFile(tar, "base", folderAllowed: false) ?? "") { BootLoader = bootLoader };
        if (given.Text("directory") is { } directory)
            return new DirectoryBase(ExistingFolder(directory, "base") ?? "") { BootLoader = bootLoader };
        if (given.Text("oci") is { } image)
            return new OciBase(ExistingFile(image, "container image", folderAllowed: true, "; an image of a registry is fetched by: skopeo copy docker://NAME oci:FOLDER") ?? "") { BootLoader = bootLoader };
        return ResolveDebian(given.Map("debian"));
    }

    private DebianBase ResolveDebian(SpecMap debian)
    {
        var type = debian.Type;
        var snapshot = debian.Text("snapshot")?.Value;
        var mirror = debian.Text("mirror", snapshot is null ? type.Key("mirror")!.Default! : $"http://snapshot.debian.org/archive/debian/{snapshot}/");
        var suite = debian.Text("suite", "");
        var components = debian.Strings("components", "main");
        return new DebianBase
        {
            Suite = suite,
            Mirror = mirror,
            Variant = type.Key("variant") is { } variant ? debian.Text("variant", variant.Default!) : DebianBase.NothingInstalled,
            Components = components,
            Sources = [.. debian.Switch("security", byDefault: true) ? DebianArchives.Updates(suite, mirror, snapshot, components) : [], .. debian.Maps("sources").Select(ResolveArchive)],
            Recommends = type.Key("recommends") is not null && debian.Switch("recommends"),
            Snapshot = snapshot,
        };
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

    private (List<string> Names, List<string> Local) ResolvePackages(BasePlan root)
    {
        if (Ready(root) is { } ready && _spec.Texts("packages") is [var first, ..])
        {
            _diagnostics.Add(SpecErrors.NeedsDebian, first.Span, $"packages are installed on base.debian only; {ready} taken as it is: put them in where it is made");
            return ([], []);
        }
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

    /// <summary>What is taken as it is, with its verb, when the root is no Debian base to install on.</summary>
    private static string? Ready(BasePlan root) => root switch
    {
        LayersBase => "the layers are",
        ReadyBase ready => $"base.{ready.Key} is",
        _ => null,
    };

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

    private KernelPlan ResolveKernel(SpecMap kernel, BasePlan root)
    {
        var cmdline = kernel.Text("cmdline");
        var commandLine = KernelCommandLine.Parse(cmdline?.Value ?? "");
        foreach (var word in BootReading.Of(commandLine).Words.Where(word => word.Problem is not null))
            Report(cmdline!, word);
        if (commandLine.ForInit is [var separator, ..])
            _diagnostics.Add(SpecErrors.BootWord, Within(cmdline!, separator.Key), "what stands behind '--' is for the real init alone, and the boot menu adds words for the boot program: leave '--' out");
        var type = SpecSchema.Document.Key("kernel")!.Type;
        var package = kernel.Text("package");
        var ready = Ready(root);
        if (ready is not null && package is not null)
            _diagnostics.Add(SpecErrors.NeedsDebian, package.Span, $"the kernel is installed on base.debian only; {ready} taken as it is, with its kernel: leave kernel.package out");
        return new KernelPlan(ready is not null ? null : package?.Value ?? type.Key("package")!.Default!, cmdline?.Value ?? type.Key("cmdline")!.Default!);
    }

    private void Report(SpecText cmdline, WordReading word)
    {
        if (word.Known is null)
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
