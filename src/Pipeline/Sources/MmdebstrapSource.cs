using System.Globalization;
using System.Text.RegularExpressions;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>
/// `base.debian`: packages installed by mmdebstrap (as root, or in a user namespace), streamed as a tar into the cache and read
/// from there; nothing is unpacked.
/// </summary>
public sealed partial class MmdebstrapSource(BuildPlan plan, BaseCache cache, IBuildReporter reporter, string step = "base") : IBaseSource
{
    private readonly DebianBase debian = (DebianBase)plan.Base;

    /// <inheritdoc/>
    public BaseTree Load(bool refresh, CancellationToken cancel)
    {
        using var progress = reporter.Begin(step);
        var (entry, reused) = cache.Get(KeyParts(ToolVersion(cancel)), refresh, path => Make(path, progress, cancel), cancel);
        progress.Detail("reading the archive");
        var archive = TarArchive.Open(entry.Archive);
        var (boot, notes) = TakeOurs(archive.Tree);
        var age = DateTimeOffset.UtcNow - entry.Created;
        progress.Complete(reused
            ? $"reused {debian.Suite} from the cache, {Age(age)} old (--refresh makes it anew)"
            : $"{debian.Suite}, {ByteSize.Short(archive.Length)}");
        return new BaseTree(archive.Tree, boot, DateTimeOffset.FromUnixTimeSeconds(entry.Epoch), archive) { Notes = notes };
    }

    private long Make(string path, IBuildStep progress, CancellationToken cancel)
    {
        MmdebstrapMode.Check(step);
        progress.Detail("asking the mirror for the suite's date");
        var epoch = EpochOf(cancel);
        using var shared = new SharedFolder();
        var lines = new AptProgress(progress);
        var program = MmdebstrapMode.Program(shared)
            .WithEnvironment("SOURCE_DATE_EPOCH", epoch.ToString(CultureInfo.InvariantCulture))
            .WithEnvironment("INITRD", "No") // kernel packages ask: make no initramfs
            .WithEnvironment("DEBIAN_FRONTEND", "noninteractive")
            .With(Arguments(shared.Add));
        var gone = new List<string>();
        try
        {
            using var output = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
            program.Run(step, output, Hear, cancel);
        }
        catch (ImageException) when (gone.Count > 0)
        {
            throw new ImageException(ImageErrorKind.Unsupported, "IB5310",
                $"locked: the archives no longer have {string.Join(", ", gone)}; build --lock renews the lock, or base.debian.snapshot names a time when they were there");
        }
        return epoch;

        void Hear(string line)
        {
            if (line.StartsWith(DebianHooks.GoneMark, StringComparison.Ordinal) && line[DebianHooks.GoneMark.Length..].Split(' ') is [var name, var architecture, var version])
                gone.Add($"{name} {version} ({architecture})");
            lines.Line(line);
        }
    }

    /// <summary>mmdebstrap(1)'s arguments. <paramref name="share"/> copies a file to where mmdebstrap's user namespace can read it.</summary>
    internal IEnumerable<string> Arguments(Func<string, string> share)
    {
        yield return "--verbose";
        yield return "--format=tar";
        yield return MmdebstrapMode.Argument;
        yield return $"--variant={debian.Variant}";
        yield return $"--architectures={plan.Architecture}";
        yield return $"--components={string.Join(',', debian.Components)}";
        yield return $"--aptopt=APT::Install-Recommends \"{(debian.Recommends ? "true" : "false")}\"";
        yield return "--aptopt=Acquire::Retries \"3\"";
        if (debian.Snapshot is not null)
            yield return "--aptopt=Acquire::Check-Valid-Until \"false\"";
        yield return "--setup-hook=" + DebianHooks.UnsafeIo;
        if (plan.Lock is { } pins)
            yield return "--setup-hook=" + DebianHooks.Pin(string.Concat(pins.FromArchives.Select(package => $"{package.Name} {package.Architecture} {package.Version}\n")));
        if (plan.Keep.Apt)
            yield return "--skip=cleanup/apt/lists,cleanup/apt/cache";
        var include = plan.Packages.Concat(plan.LocalPackages.Select(share)).ToArray();
        if (include.Length > 0)
            yield return $"--include={string.Join(',', include)}";
        if (plan.Packages.Count > 0 && plan.LocalPackages.Count == 0) // which may have what the archives lack
            yield return "--extract-hook=" + DebianHooks.CheckNames(plan.Packages);
        if (plan.LocalPackages.Count > 0)
            yield return "--hook-dir=/usr/share/mmdebstrap/hooks/file-mirror-automount";
        foreach (var (path, content) in Presets())
            yield return "--essential-hook=" + DebianHooks.Preset(path, content);
        foreach (var (number, script) in plan.Scripts.Where(script => script.Stage == ScriptStage.Base).Index())
            yield return "--customize-hook=" + DebianHooks.RunInside(script.Run, ScriptRun.NameOfBase(number));
        yield return "--customize-hook=" + DebianHooks.FetchBootLoader(DebianHooks.BootPackages(plan.Architecture));
        yield return "--customize-hook=" + DebianHooks.NoteOrigins;
        yield return "--customize-hook=" + DebianHooks.RemoveUnsafeIo;
        if (plan.Lock is not null)
            yield return "--customize-hook=" + DebianHooks.RemovePins;
        // Last: until here apt reads the keys where the builder has them.
        var keys = debian.Sources.Select(source => source.Key is null ? null : share(source.Key)).ToArray();
        for (var i = 0; i < keys.Length; i++)
            if (keys[i] is { } key)
                yield return "--customize-hook=" + DebianHooks.InstallKey(key, $"/etc/apt/keyrings/imagebuilder-{i + 1}{Path.GetExtension(debian.Sources[i].Key)}");
        yield return debian.Suite;
        yield return "-";
        yield return $"deb {debian.Mirror} {debian.Suite} {string.Join(' ', debian.Components)}";
        foreach (var (source, key) in debian.Sources.Zip(keys))
        {
            var signedBy = key is null ? "" : $"[signed-by={key}] ";
            yield return $"deb {signedBy}{source.Uri} {source.Suite} {string.Join(' ', source.Components)}".TrimEnd();
        }
    }

    /// <summary>Files that package scripts read while they are installed.</summary>
    private IEnumerable<(string Path, string Content)> Presets()
    {
        if (plan.Locale is not ("C.UTF-8" or "C" or "POSIX"))
            yield return ("/etc/locale.gen", $"{plan.Locale} {(plan.Locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase) ? "UTF-8" : "ISO-8859-1")}\n");
        if (plan.Keymap is not null)
            yield return ("/etc/default/keyboard", KeyboardFile.Text(plan.Keymap));
    }

    /// <summary>What `mmdebstrap --version` prints. It is a script whose answer stands near its top; running it takes longer than the rest of this step.</summary>
    private string ToolVersion(CancellationToken cancel)
    {
        const string assignment = "our $VERSION = '";
        const int linesRead = 100;
        if (OutsideProgram.Find("mmdebstrap") is { } path && File.ReadLines(path).Take(linesRead).FirstOrDefault(line => line.StartsWith(assignment, StringComparison.Ordinal)) is { } line)
            return "mmdebstrap " + line[assignment.Length..].TrimEnd('\'', ';');
        return new OutsideProgram("mmdebstrap", "mmdebstrap").With("--version").Read(step, cancel).Trim();
    }

    private SortedDictionary<string, string> KeyParts(string mmdebstrapVersion)
    {
        var parts = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["tool"] = mmdebstrapVersion,
            ["suite"] = debian.Suite,
            // Every option and hook; shared files by digest, the mode left out because it does not change the result.
            ["arguments"] = string.Join('\n', Arguments(FileDigest.Of).Where(argument => !argument.StartsWith("--mode=", StringComparison.Ordinal))),
        };
        if (Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH") is { Length: > 0 } epoch)
            parts["epoch asked for"] = epoch;
        return parts;
    }

    /// <summary>Takes the folder of the hooks out of the tree: the boot loader's files, and the notes.</summary>
    private static (Tree Boot, Tree Notes) TakeOurs(Tree root)
    {
        var (boot, notes) = (new Tree(), new Tree());
        if (root.Find(DebianHooks.Folder) is { IsDirectory: true } ours)
        {
            foreach (var (name, node) in ours.Children)
                if (node.Kind == NodeKind.File)
                    notes.Root.Children[name] = node;
            if (ours.Children.TryGetValue("boot", out var files) && files.IsDirectory)
                foreach (var (name, node) in files.Children)
                    boot.Root.Children[name] = node;
        }
        root.Remove(DebianHooks.Folder);
        return (boot, notes);
    }

    /// <summary>SOURCE_DATE_EPOCH when given, else the lock's; else the newest Date: of the Release files of all archives: packages are that old at most.</summary>
    private long EpochOf(CancellationToken cancel)
    {
        if (SourceDateEpoch.Given() is { } given)
            return given;
        if (plan.Lock is { } locked)
            return locked.Epoch;
        var main = DateOf($"{debian.Mirror.TrimEnd('/')}/dists/{debian.Suite}", ["InRelease"], cancel);
        // Archives of one's own often have no InRelease, but the older pair Release and Release.gpg.
        return debian.Sources.Select(source => DateOf(Folder(source), ["InRelease", "Release"], cancel)).Append(main).Max();

        static string Folder(DebianSource source) => $"{source.Uri.TrimEnd('/')}/{(source.Suite.EndsWith('/') ? source.Suite.TrimEnd('/') : "dists/" + source.Suite)}";
    }

    private long DateOf(string folder, string[] names, CancellationToken cancel)
    {
        using var shared = new SharedFolder();
        var release = Path.Combine(shared.Path, names[0]);
        var uri = $"{folder}/{names[0]}";
        try
        {
            // apt's own downloader: it honours the machine's apt proxies and knows every transport.
            new OutsideProgram("/usr/lib/apt/apt-helper", "apt").With("-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3", "download-file", uri, release)
                .Run($"{step} ({uri})", null, null, cancel);
        }
        catch (ImageException) when (names.Length > 1)
        {
            return DateOf(folder, names[1..], cancel);
        }
        return ReleaseDate(File.ReadAllText(release))
            ?? throw new ImageException(ImageErrorKind.Corrupt, "IB3021", $"{uri} has no 'Date:' line that can be read; is that a Debian archive? Set SOURCE_DATE_EPOCH to go on without");
    }

    /// <summary>The Date: field of a Release file (Debian repository format), seconds since 1970; null when there is none.</summary>
    internal static long? ReleaseDate(string release) =>
        DateLine().Match(release) is { Success: true } match
        && DateTimeOffset.TryParseExact(match.Groups["date"].Value.Trim().Replace(" UTC", " +0000", StringComparison.Ordinal).Replace(" GMT", " +0000", StringComparison.Ordinal),
            ["ddd, dd MMM yyyy HH:mm:ss zzz", "ddd, d MMM yyyy HH:mm:ss zzz"], CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces, out var date)
            ? date.ToUnixTimeSeconds() : null;

    private static string Age(TimeSpan age) => age.TotalDays >= 2 ? $"{(int)age.TotalDays} days" : age.TotalHours >= 2 ? $"{(int)age.TotalHours} hours" : $"{Math.Max(0, (int)age.TotalMinutes)} minutes";

    [GeneratedRegex(@"^Date:\s*(?<date>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex DateLine();
}
