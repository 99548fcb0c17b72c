using System.Runtime.InteropServices;
using System.Text;
using ImageBuilder.Pipeline.Spec;

namespace ImageBuilder.Pipeline.Plan;

/// <summary>From a spec file to a plan. Needs no root and no network; reads the spec, its templates, and which files exist.</summary>
public static class SpecLoader
{
    private const long LargestSpec = 1 << 20;

    /// <summary>Debian's name of this machine's architecture, the default of <c>architecture</c>.</summary>
    public static string HostArchitecture { get; } = RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => "amd64",
        Architecture.Arm64 => "arm64",
        Architecture.Arm => "armhf",
        Architecture.X86 => "i386",
        Architecture.RiscV64 => "riscv64",
        Architecture.Ppc64le => "ppc64el",
        Architecture.S390x => "s390x",
        var other => other.ToString().ToLowerInvariant(),
    };

    /// <summary>Loads, checks and resolves a spec. Wrong specs give diagnostics, never an exception.</summary>
    /// <param name="path">The spec's file; messages name it as it is given here.</param>
    /// <param name="set">Variables from <c>--set name=value</c>; they override the spec's.</param>
    /// <param name="hostArchitecture">The default of <c>architecture</c>; this machine's when null.</param>
    public static SpecResult Load(string path, IReadOnlyDictionary<string, string>? set = null, string? hostArchitecture = null)
    {
        if (Read(path, out var problem) is { } text)
            return Load(text, path, Path.GetDirectoryName(Path.GetFullPath(path))!, set ?? new Dictionary<string, string>(), hostArchitecture ?? HostArchitecture);
        return Unreadable(path, problem!.Value);
    }

    private static SpecResult Unreadable(string name, (SpecError Kind, string Message) problem)
    {
        var diagnostics = new DiagnosticBag(new SourceText(name, ""));
        diagnostics.Add(problem.Kind, SourceSpan.Start, problem.Message);
        return new SpecResult(null, [.. diagnostics.Sorted().Select(diagnostic => diagnostic with { SourceLine = null })]);
    }

    /// <summary>As the other one, for a spec that is a layer of others.</summary>
    /// <param name="path">The spec's file.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="above">The specs that it is a layer of, absolute paths.</param>
    /// <param name="architecture">Theirs, and so its default.</param>
    internal static SpecResult Load(string path, string name, IReadOnlySet<string> above, string architecture)
    {
        if (Read(path, out var problem) is { } text)
            return Load(text, name, Path.GetDirectoryName(path)!, new Dictionary<string, string>(), architecture, above);
        return Unreadable(name, problem!.Value);
    }

    /// <summary>As the other one, from a text and the folder that its relative paths start from.</summary>
    internal static SpecResult Load(string text, string name, string folder, IReadOnlyDictionary<string, string> set, string hostArchitecture, IReadOnlySet<string>? above = null)
    {
        var source = new SourceText(name, text);
        var diagnostics = new DiagnosticBag(source);
        if (YamlReader.Read(source, diagnostics) is not { } node)
            return new SpecResult(null, diagnostics.Sorted());

        var root = node is MapNode map ? Override(map, set) : null;
        var variables = new Variables(root, hostArchitecture, diagnostics);
        var checkedSpec = new SpecChecker(variables, diagnostics).Check((SpecNode?)root ?? node, SpecSchema.Document, "the document") as SpecMap;
        var plan = checkedSpec is null ? null : new PlanResolver(checkedSpec, variables, diagnostics, folder, above ?? new HashSet<string>()).Resolve();
        if (root is not null)
            ReportUnused(node as MapNode, set, variables, diagnostics);
        if (!diagnostics.IsEmpty)
            return new SpecResult(null, diagnostics.Sorted());
        if (checkedSpec!.Unread().FirstOrDefault() is { } forgotten)
            throw new InvalidOperationException($"the key '{forgotten}' is in the schema, but the plan does not use it");
        return new SpecResult(plan, []);
    }

    /// <summary>The document as it would stand with the values of --set written into it.</summary>
    private static MapNode Override(MapNode root, IReadOnlyDictionary<string, string> set)
    {
        foreach (var (name, value) in set.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var scalar = new ScalarNode(value, Plain: false, SourceSpan.CommandLine, -1, -1);
            if (Variables.BuiltIn.Contains(name))
                root = root.With(name, scalar);
            else if (root["variables"] is null or MapNode)
                root = root.With("variables", ((MapNode?)root["variables"] ?? new MapNode([], SourceSpan.CommandLine)).With(name, scalar));
        }
        return root;
    }

    private static void ReportUnused(MapNode? written, IReadOnlyDictionary<string, string> set, Variables variables, DiagnosticBag diagnostics)
    {
        var declared = (written?["variables"] as MapNode)?.Entries.Select(entry => entry.Key).ToList() ?? [];
        var known = declared.Concat(Variables.BuiltIn).Concat(variables.Used).Where(name => !set.ContainsKey(name) || declared.Contains(name)).Distinct().Order(StringComparer.Ordinal).ToList();
        foreach (var name in set.Keys.Where(name => !declared.Contains(name) && !Variables.BuiltIn.Contains(name) && !variables.Used.Contains(name)).Order(StringComparer.Ordinal))
            diagnostics.Add(SpecErrors.UnusedSet, SourceSpan.CommandLine, $"--set {name}=…: the spec neither declares nor uses this variable; {Suggestion.OrAll(name, known, "the variables are:")}");
    }

    /// <summary>The text of a file that should be a spec or a template; null with the problem when it is not to be had.</summary>
    internal static string? Read(string path, out (SpecError Kind, string Message)? problem)
    {
        problem = null;
        try
        {
            var file = new FileInfo(path);
            if (Directory.Exists(path))
                problem = (SpecErrors.CannotRead, "this is a folder; name the spec file in it");
            else if (!file.Exists)
                problem = (SpecErrors.CannotRead, "no such file; `imagebuilder init` writes one to start from");
            else if (file.Length > LargestSpec)
                problem = (SpecErrors.CannotRead, $"the file has {file.Length} bytes; {LargestSpec} are the most");
            else
            {
                // A device such as /dev/zero has no length, and no end.
                using var stream = file.OpenRead();
                var bytes = new byte[LargestSpec + 1];
                var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
                if (length <= LargestSpec)
                    return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes, 0, length).TrimStart('\uFEFF');
                problem = (SpecErrors.CannotRead, $"the file has more than {LargestSpec} bytes, the most that are read");
            }
        }
        catch (DecoderFallbackException e)
        {
            problem = (SpecErrors.NotText, $"the file is not UTF-8 text (byte {e.Index})");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = (SpecErrors.CannotRead, $"the file cannot be read: {e.Message}");
        }
        return null;
    }
}
