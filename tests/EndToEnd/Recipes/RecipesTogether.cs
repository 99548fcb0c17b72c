using YamlDotNet.RepresentationModel;

namespace ImageBuilder.EndToEnd.Tests.Recipes;

/// <summary>
/// One image of the recipes whose keys do not contradict each other: each alone would take a base of its own, which is a minute or two, and a boot. Their
/// mappings are merged, their lists joined; of plain values, only the name may differ.
/// </summary>
public sealed class RecipesTogether : IDisposable
{
    /// <summary>The image's name.</summary>
    public const string Name = "together";

    private static readonly string[] Specs = ["package.yaml", "user.yaml", "service.yaml", "firmware.yaml", "keyboard.yaml", "stick.yaml", "serial.yaml"];

    private readonly TempFolder folder = new();
    private readonly Lazy<string> iso;

    public RecipesTogether() => iso = new(Build);

    /// <summary>The ISO, built when it is first asked for.</summary>
    public string Iso => iso.Value;

    public void Dispose() => folder.Dispose();

    private string Build()
    {
        var merged = new YamlMappingNode();
        foreach (var spec in Specs)
        {
            var recipe = Recipe.Of(spec);
            recipe.SaveTo(folder);
            Merge(merged, Document(recipe.Files[spec]));
        }
        merged.Children["name"] = Name;
        merged.Add("compression", "lz4");
        using (var file = new StreamWriter(folder["together.yaml"]))
            new YamlStream(new YamlDocument(merged)).Save(file, assignAnchors: false);
        var result = Program.Run(folder.Path, "build", "together.yaml", "--progress", "plain");
        Assert.True(result.ExitCode == 0, result.ToString());
        return result.Image;
    }

    private static YamlMappingNode Document(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }

    private static void Merge(YamlMappingNode into, YamlMappingNode more)
    {
        foreach (var (key, value) in more.Children)
            if (!into.Children.TryGetValue(key, out var present))
                into.Add(key, value);
            else if (present is YamlMappingNode mapping)
                Merge(mapping, (YamlMappingNode)value);
            else if (present is YamlSequenceNode list)
                foreach (var entry in ((YamlSequenceNode)value).Where(entry => !list.Contains(entry)))
                    list.Add(entry);
            else
                Assert.True(key.Equals(new YamlScalarNode("name")) || present.Equals(value), $"{key} is {present} in one recipe and {value} in another");
    }
}
