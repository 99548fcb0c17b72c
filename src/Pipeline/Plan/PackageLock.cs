using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ImageBuilder.Formats;
using ImageBuilder.Linux;

namespace ImageBuilder.Pipeline.Plan;

/// <summary>
/// What a build installed, written beside its spec by `build --lock` so that `build --locked` installs exactly that: every package with version
/// and digest, and the time that the images carry.
/// </summary>
public sealed record PackageLock
{
    private const int Format = 1;
    private const int LargestFile = 64 << 20;
    private static readonly PackageLockJson Lines = new(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The time that images of the locked build carry, seconds since 1970.</summary>
    public required long Epoch { get; init; }

    /// <summary>What the spec asked for: <see cref="Requests(BuildPlan)"/> of the plan that was locked.</summary>
    public required IReadOnlyList<string> Requested { get; init; }

    /// <summary>The archives as they were.</summary>
    public required IReadOnlyList<LockedArchive> Archives { get; init; }

    /// <summary>The packages of the root file system before scripts of stage final.</summary>
    public required IReadOnlyList<LockedPackage> Packages { get; init; }

    /// <summary>The packages whose boot loader files are on the medium.</summary>
    public required IReadOnlyList<LockedPackage> BootLoader { get; init; }

    /// <summary>Every package that came from an archive, and has to be there again.</summary>
    public IEnumerable<LockedPackage> FromArchives => Packages.Concat(BootLoader).Where(package => package.Sha256 is not null).Distinct();

    /// <summary>Where the lock of a spec lies: beside it, "live.lock" for "live.yaml".</summary>
    public static string PathFor(string spec) => Path.ChangeExtension(spec, ".lock");

    /// <summary>
    /// What of a plan decides the choice of packages, one line each: a lock is of use for a plan that asks for the same. Mirrors do not count: the
    /// digests say that they deliver the same.
    /// </summary>
    public static IReadOnlyList<string> Requests(BuildPlan plan) =>
    [
        $"architecture {plan.Architecture}",
        .. plan.Base is ReadyBase ready ? Requests(ready) : Requests("", (DebianBase)plan.Base),
        .. plan.Layers.SelectMany(layer => layer.Spec is { } spec ? Requests(spec) : [$"layer {Path.GetFileName(layer.Path)} {FileDigest.Of(layer.Path)}"]),
        .. plan.Packages.Select(package => $"package {package}"),
        .. plan.LocalPackages.Select(file => $"file {Path.GetFileName(file)} {FileDigest.Of(file)}"),
    ];

    private static IEnumerable<string> Requests(ReadyBase ready) =>
    [
        // A folder has no digest of its own; its packages are compared like those of every base.
        $"{ready.Key} {Path.GetFileName(ready.Path)}" + (File.Exists(ready.Path) ? " " + FileDigest.Of(ready.Path) : ""),
        .. ready.BootLoader is { } suite ? Requests("boot loader ", suite) : [],
    ];

    private static IEnumerable<string> Requests(string of, DebianBase debian) =>
    [
        $"{of}suite {debian.Suite}",
        $"{of}variant {debian.Variant}",
        $"{of}components {string.Join(' ', debian.Components)}",
        $"{of}recommends {(debian.Recommends ? "yes" : "no")}",
        .. debian.Sources.Select(source => $"{of}archive {source.Suite} {string.Join(' ', source.Components)}".TrimEnd()),
    ];

    /// <summary>Refuses a plan that asks for something else than the lock was made for.</summary>
    /// <exception cref="ImageException">IB5311: what the plan asks for and the lock does not know, and the other way round.</exception>
    public void Check(BuildPlan plan)
    {
        var now = Requests(plan);
        string[] changes = [.. now.Except(Requested, StringComparer.Ordinal).Select(request => "+ " + request), .. Requested.Except(now, StringComparer.Ordinal).Select(request => "- " + request)];
        if (changes.Length > 0)
            throw new ImageException(ImageErrorKind.Spec, "IB5311",
                $"locked: the spec asks for other packages than its lock was made for (+ new, - gone); build --lock renews it:\n{string.Join('\n', changes.Select(change => "    " + change))}");
    }

    /// <summary>Reads a lock.</summary>
    /// <exception cref="ImageException">IB5312: there is none. IB5313: it cannot be read as one.</exception>
    public static PackageLock Read(string path)
    {
        if (!File.Exists(path))
            throw new ImageException(ImageErrorKind.Io, "IB5312", $"locked: {path} does not exist; build --lock writes it");
        try
        {
            if (FileStatus.IsPipe(path))
                throw new JsonException("it is a named pipe");
            if (new FileInfo(path).Length > LargestFile)
                throw new JsonException($"it is larger than {LargestFile >> 20} MiB");
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = json.RootElement;
            if (Member(root, "lock", JsonValueKind.Number).GetInt32() is var format && format != Format)
                throw new JsonException($"it is of format {format}; this program knows {Format}");
            return new PackageLock
            {
                Epoch = Member(root, "epoch", JsonValueKind.Number).GetInt64() is >= 0 and <= uint.MaxValue and var epoch ? epoch : throw new JsonException($"'epoch' is {Member(root, "epoch", JsonValueKind.Number)}; expected seconds since 1970, 0 to {uint.MaxValue}"),
                Requested = Read(root, "requested", Lines.String),
                Archives = Read(root, "archives", Lines.LockedArchive),
                Packages = Packages(root, "packages"),
                BootLoader = Packages(root, "bootLoader"),
            };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageErrorKind.Corrupt, "IB5313", $"{path} is no lock that can be read: {error.Message}; build --lock writes it anew", error);
        }

        static LockedPackage[] Packages(JsonElement root, string name)
        {
            var packages = Read(root, name, Lines.LockedPackage);
            // They become words of a shell script and of apt's preferences.
            foreach (var package in packages)
                if (!IsWord(package.Name) || !IsWord(package.Version) || !IsWord(package.Architecture))
                    throw new JsonException($"'{package}' under {name} is no package");
            return packages;
        }
    }

    /// <summary>The lock as text: JSON with one package a line, so that changes read well in version control.</summary>
    public string ToText() => $$"""
        {
          "lock": {{Format}},
          "epoch": {{Epoch}},
          "requested": [{{Text(Requested, Lines.String)}}],
          "archives": [{{Text(Archives, Lines.LockedArchive)}}],
          "packages": [{{Text(Packages, Lines.LockedPackage)}}],
          "bootLoader": [{{Text(BootLoader, Lines.LockedPackage)}}]
        }

        """;

    private static string Text<T>(IReadOnlyList<T> items, JsonTypeInfo<T> type) =>
        items.Count == 0 ? "" : string.Join(',', items.Select(item => "\n    " + JsonSerializer.Serialize(item, type))) + "\n  ";

    private static T[] Read<T>(JsonElement root, string name, JsonTypeInfo<T> type) =>
        [.. Member(root, name, JsonValueKind.Array).EnumerateArray().Select(element => element.Deserialize(type) ?? throw new JsonException($"null under {name}"))];

    private static JsonElement Member(JsonElement root, string name, JsonValueKind kind) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out var member) && member.ValueKind == kind ? member
            : throw new JsonException($"'{name}' is missing, or no {kind.ToString().ToLowerInvariant()}");

    private static bool IsWord(string? text) => text is { Length: > 0 } && text.All(c => char.IsAsciiLetterOrDigit(c) || ".+-~:_".Contains(c));
}
