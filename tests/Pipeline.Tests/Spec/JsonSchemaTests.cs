using System.Text.Json;
using ImageBuilder.Pipeline.Spec;

namespace ImageBuilder.Pipeline.Tests.Spec;

/// <summary>The parser and the printed JSON Schema must agree on every spec; a foreign validator is the judge.</summary>
public sealed class JsonSchemaTests : IDisposable
{
    /// <summary>Wrong specs whose error no JSON Schema can see: the YAML itself, files, variables, and what values mean together.</summary>
    private static readonly string[] BeyondSchema =
    [
        "anchors-aliases-tags", "base-directory-that-is-a-file", "circle-of-layers", "circle-of-layers-2", "compression-level-too-high", "compression-levels", "contradictions", "disk-of-no-size", "disk-of-odd-size", "duplicate-keys", "files-outside-the-folder", "image-of-a-registry", "kernel-command-line-with-two-dashes", "layers-that-are-wrong", "missing-files",
        "name-that-is-no-host-name", "nothing-to-persist-on", "packages-on-a-base-that-is-not-Debian", "paths-hidden-at-boot", "persist-on-an-iso-beside-a-disk", "templates-that-fail", "two-autologins", "unknown-variables", "unused-set", "variables-in-a-circle",
    ];

    private const string Judge = """
        import glob, json, os, sys, warnings
        warnings.simplefilter('ignore')
        import jsonschema, yaml
        class Loader(yaml.SafeLoader):
            'YAML 1.2 core schema as far as specs need it: only true and false are booleans, no times, no octal 0755.'
        Loader.yaml_implicit_resolvers = {}
        import re
        for tag, pattern, first in [('bool', r'^(?:true|True|TRUE|false|False|FALSE)$', 'tTfF'), ('null', r'^(?:~|null|Null|NULL|)$', ['~', 'n', 'N', '']),
                                    ('int', r'^[-+]?[0-9]+$', '-+0123456789'), ('float', r'^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$', '-+0123456789.')]:
            Loader.add_implicit_resolver('tag:yaml.org,2002:' + tag, re.compile(pattern), list(first))
        Loader.add_constructor('tag:yaml.org,2002:int', lambda loader, node: int(loader.construct_scalar(node), 10))
        schema = json.load(open(sys.argv[1]))
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        for path in sys.argv[2:]:
            try:
                right = validator.is_valid(yaml.load(open(path), Loader))
            except yaml.YAMLError:
                right = False
            print(('right ' if right else 'wrong ') + os.path.splitext(os.path.basename(path))[0])
        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [ToolFact("/usr/bin/python3", "jsonschema")]
    public void The_schema_lets_right_specs_pass()
    {
        foreach (var name in Templates.Names.Where(name => name.EndsWith(".yaml", StringComparison.Ordinal) && !name.Contains('/', StringComparison.Ordinal)))
            File.WriteAllText(_folder[name], Templates.ReadText(name));
        var files = Directory.GetFiles(GoldenSpecTests.Folder("right"), "*.yaml").Concat(Directory.GetFiles(_folder.Path, "*.yaml")).ToArray();
        Assert.All(Validate(files), verdict => Assert.True(verdict.Value, $"{verdict.Key} is refused by the schema"));
    }

    [ToolFact("/usr/bin/python3", "jsonschema")]
    public void The_schema_refuses_wrong_specs_unless_no_schema_could()
    {
        var passed = Validate(Directory.GetFiles(GoldenSpecTests.Folder("wrong"), "*.yaml")).Where(verdict => verdict.Value).Select(verdict => verdict.Key);
        Assert.Equal(BeyondSchema, passed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_schema_has_exactly_the_keys_that_the_parser_knows()
    {
        using var schema = JsonDocument.Parse(JsonSchema.ToJson());
        AssertSameKeys(schema.RootElement, SpecSchema.Document);
    }

    [Fact]
    public void Every_key_that_is_not_of_later_work_is_used_by_the_plan()
    {
        // The loader refuses to make a plan that leaves an accepted key unread; so specs with every key show that none is forgotten.
        string[] specs = ["every-key", "snapshot-and-no-upper", "base-tar", "base-directory", "base-oci-with-a-boot-loader"];
        var text = string.Concat(specs.Select(name => File.ReadAllText(Path.Combine(GoldenSpecTests.Folder("right"), name + ".yaml"))));
        Assert.All(AllKeys(SpecSchema.Document), key => Assert.Contains($"{key.Name}:", text, StringComparison.Ordinal));
        Assert.All(specs, name => Assert.NotNull(GoldenSpecTests.Load("right", name).Plan));
    }

    [Fact]
    public void The_reference_in_the_repository_is_the_one_made_from_the_schema()
    {
        var path = Path.Combine(GoldenSpecTests.Folder("right"), "../../../../../src/Pipeline/Spec/SPEC.md");
        var text = File.ReadAllText(path);
        var current = Between(Between(text, "keys", SpecReference.KeysToMarkdown()), "errors", SpecReference.ErrorsToMarkdown());
        if (Environment.GetEnvironmentVariable("RECORD_GOLDEN") == "1")
            File.WriteAllText(path, current);
        Assert.Equal(current, File.ReadAllText(path));

        static string Between(string text, string name, string table)
        {
            var begin = $"<!-- {name}: made from the schema; RECORD_GOLDEN=1 dotnet test tests/Pipeline.Tests renews it -->\n";
            var end = $"<!-- end of {name} -->";
            var (from, to) = (text.IndexOf(begin, StringComparison.Ordinal) + begin.Length, text.IndexOf(end, StringComparison.Ordinal));
            return text[..from] + table + text[to..];
        }
    }

    [Fact]
    public void The_reference_names_every_key_and_every_error()
    {
        Assert.All(AllKeys(SpecSchema.Document), key => Assert.Contains($"{key.Name}`", SpecReference.KeysToMarkdown(), StringComparison.Ordinal));
        Assert.All(SpecErrors.All, error => Assert.Contains(error.Id, SpecReference.ErrorsToMarkdown(), StringComparison.Ordinal));
    }

    private static void AssertSameKeys(JsonElement schema, SpecType type)
    {
        var properties = schema.GetProperty("properties");
        Assert.Equal(type.Keys.Select(key => key.Name), properties.EnumerateObject().Select(property => property.Name));
        Assert.False(schema.GetProperty("additionalProperties").GetBoolean());
        foreach (var key in type.Keys.Where(key => key.Later is null))
        {
            var property = properties.GetProperty(key.Name);
            if (key.Type.Kind == SpecKind.Map)
                AssertSameKeys(property, key.Type);
            else if (key.Type.Item is { Kind: SpecKind.Map } item)
                AssertSameKeys(property.GetProperty("items"), item);
        }
    }

    private static IEnumerable<SpecKey> AllKeys(SpecType type) =>
        type.Keys.Where(key => key.Later is null).SelectMany(key => AllKeys(key.Type).Concat(key.Type.Item is null ? [] : AllKeys(key.Type.Item)).Prepend(key));

    private Dictionary<string, bool> Validate(string[] files)
    {
        File.WriteAllText(_folder["schema.json"], JsonSchema.ToJson());
        var output = Tool.Run("/usr/bin/python3", ["-c", Judge, _folder["schema.json"], .. files]);
        var verdicts = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ToDictionary(line => line[6..], line => line[..5] == "right");
        Assert.Equal(files.Length, verdicts.Count);
        return verdicts;
    }
}
