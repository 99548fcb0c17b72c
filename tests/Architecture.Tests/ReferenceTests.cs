using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace ImageBuilder.Architecture.Tests;

/// <summary>Data flows one way; these tests read project references and usings and keep it so.</summary>
public partial class ReferenceTests
{
    private static readonly string Root = FindRoot();

    /// <summary>What each project may reference; a project that is not listed may not exist.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["src/Formats"] = [],
        ["src/Linux"] = [],
        ["src/Update"] = ["src/Formats", "src/Linux"],
        ["src/Pipeline"] = ["src/Formats", "src/Linux", "src/Update"],
        ["src/Agent"] = ["src/Formats", "src/Linux", "src/Update"],
        ["initramfs/Init"] = ["src/Linux", "src/Update"],
        ["qemu"] = [],
        ["src/Cli"] = ["src/Formats", "src/Pipeline", "qemu"],
    };

    /// <summary>The pipeline's stages in the order data flows; a stage uses itself and earlier ones.</summary>
    private static readonly string[] Stages = ["Spec", "Plan", "Sources", "Layers", "Images", "Inspection", "Evidence"];

    /// <summary>What the libraries that know neither files nor programs must not touch.</summary>
    private static readonly string[] ForbiddenInFormats = ["System.Diagnostics.Process", "YamlDotNet", "Medallion", "Spectre", "Console.", "File.", "Directory.", "DateTime.Now", "DateTime.UtcNow", "DateTimeOffset.Now", "DateTimeOffset.UtcNow", "Guid.NewGuid", "new Random", "Random.Shared"];

    [Fact]
    public void Projects_reference_only_what_lies_before_them()
    {
        var wrong = new List<string>();
        foreach (var (folder, file) in Projects())
        {
            if (!Allowed.TryGetValue(folder, out var allowed))
            {
                wrong.Add($"{folder} is not in the list of projects");
                continue;
            }
            foreach (var reference in XDocument.Load(file).Descendants("ProjectReference").Select(element => element.Attribute("Include")!.Value))
            {
                var target = Path.GetRelativePath(Root, Path.GetDirectoryName(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, reference)))!);
                if (!allowed.Contains(target))
                    wrong.Add($"{folder} references {target}");
            }
        }
        Assert.Equal([], wrong);
    }

    [Fact]
    public void Programs_on_the_device_know_no_YAML()
    {
        var wrong = Projects().Where(project => project.Folder is "initramfs/Init" or "src/Agent" or "src/Linux" or "src/Formats" or "src/Update")
            .Where(project => XDocument.Load(project.File).Descendants("PackageReference").Any());
        Assert.Equal([], wrong.Select(project => project.Folder));
    }

    [Fact]
    public void The_framework_of_programs_is_named_in_one_place()
    {
        var wrong = Projects().Where(project => XDocument.Load(project.File).Descendants().Any(element => element.Name.LocalName is "TargetFramework" or "TargetFrameworks" or "IsAotCompatible"));
        Assert.Equal([], wrong.Select(project => project.Folder));
    }

    [Fact]
    public void A_stage_of_the_pipeline_uses_only_itself_and_earlier_ones()
    {
        var wrong = new List<string>();
        for (var stage = 0; stage < Stages.Length; stage++)
            foreach (var file in Sources($"src/Pipeline/{Stages[stage]}"))
                foreach (var later in Stages[(stage + 1)..])
                    if (Usings(file).Any(name => name == $"ImageBuilder.Pipeline.{later}" || name.StartsWith($"ImageBuilder.Pipeline.{later}.", StringComparison.Ordinal))
                        || Regex.IsMatch(Comments().Replace(File.ReadAllText(file), ""), $@"(?<![\w.]){later}\.[A-Z]", RegexOptions.None, TimeSpan.FromSeconds(5)))
                        wrong.Add($"{Path.GetRelativePath(Root, file)} uses {later}");
        Assert.Equal([], wrong);
    }

    [Fact]
    public void Formats_are_pure()
    {
        var wrong = from file in Sources("src/Formats")
                    let text = Comments().Replace(File.ReadAllText(file), "")
                    from forbidden in ForbiddenInFormats
                    where Regex.IsMatch(text, $@"(?<![\w.]){Regex.Escape(forbidden)}", RegexOptions.None, TimeSpan.FromSeconds(5))
                    where !text.Contains($"Node.{forbidden}", StringComparison.Ordinal) || forbidden is not ("File." or "Directory.")
                    select $"{Path.GetRelativePath(Root, file)}: {forbidden}";
        Assert.Equal([], wrong);
    }

    [Fact]
    public void Same_input_same_bytes_needs_no_clock_and_no_chance_in_the_pipeline()
    {
        var wrong = from file in Sources("src/Pipeline/Layers").Concat(Sources("src/Pipeline/Images")).Concat(Sources("src/Pipeline/Plan"))
                    let text = Comments().Replace(File.ReadAllText(file), "")
                    from forbidden in (string[])["DateTime.Now", "DateTime.UtcNow", "DateTimeOffset.Now", "DateTimeOffset.UtcNow", "Guid.NewGuid", "new Random", "Random.Shared", "RandomNumberGenerator"]
                    where text.Contains(forbidden, StringComparison.Ordinal)
                    select $"{Path.GetRelativePath(Root, file)}: {forbidden}";
        Assert.Equal([], wrong);
    }

    [Fact]
    public void Stable_error_ids_mean_one_thing_each()
    {
        // The same id may be thrown in several places of one file's concern, never in two parts of the program.
        var uses = from folder in (string[])["src", "qemu", "initramfs"]
                   from file in Sources(folder)
                   from Match match in ErrorId().Matches(Comments().Replace(File.ReadAllText(file), ""))
                   let part = Projects().Single(project => Path.GetRelativePath(Root, file).StartsWith(project.Folder + '/', StringComparison.Ordinal)).Folder
                   group part by match.Value[1..^1] into byId
                   where byId.Distinct().Count() > 1 && !SharedIds.Contains(byId.Key)
                   select $"{byId.Key}: {string.Join(", ", byId.Distinct().Order(StringComparer.Ordinal))}";
        Assert.Equal([], uses);
    }

    /// <summary>Ids that mean the same wherever they come up: output exists already.</summary>
    private static readonly string[] SharedIds = ["IB5003", "IB2020"];

    [Fact]
    public void No_path_of_a_builder_and_no_registry_host_is_in_the_tree()
    {
        var wrong = from file in Sources("src").Concat(Sources("initramfs")).Concat(Sources("qemu")).Concat(Directory.EnumerateFiles(Path.Combine(Root, "templates"), "*", SearchOption.AllDirectories))
                    let text = File.ReadAllText(file)
                    where text.Contains("/home/", StringComparison.Ordinal) && HomePath().IsMatch(text) || text.Contains("nuget.org", StringComparison.Ordinal)
                    select Path.GetRelativePath(Root, file);
        Assert.Equal([], wrong);
    }

    private static IEnumerable<(string Folder, string File)> Projects() =>
        from top in (string[])["src", "initramfs", "qemu"]
        from file in Directory.EnumerateFiles(Path.Combine(Root, top), "*.csproj", SearchOption.AllDirectories)
        orderby file
        select (Path.GetRelativePath(Root, Path.GetDirectoryName(file)!), file);

    private static IEnumerable<string> Sources(string folder) => Directory.Exists(Path.Combine(Root, folder))
        ? Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
        : [];

    private static IEnumerable<string> Usings(string file) => Using().Matches(File.ReadAllText(file)).Select(match => match.Groups["name"].Value);

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "ImageBuilder.sln")))
                return folder;
        throw new InvalidOperationException("ImageBuilder.sln is in none of the folders above the test");
    }

    [GeneratedRegex(@"^using (static )?(?<name>[\w.]+);", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Using();

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comments();

    [GeneratedRegex("\"IB[0-9]{4}\"")]
    private static partial Regex ErrorId();

    [GeneratedRegex("/home/[a-z]+/(src|work|projects)")]
    private static partial Regex HomePath();
}
