namespace ImageBuilder.Pipeline.Templates;

/// <summary>The files of the repository's templates/ folder, carried inside the program.</summary>
public static class TemplateStore
{
    private const string Prefix = "templates/";

    /// <summary>The text of a template by its path below templates/, such as "grub/live.cfg.hbs".</summary>
    /// <exception cref="ArgumentException">No such template.</exception>
    public static string Read(string path)
    {
        using var stream = typeof(TemplateStore).Assembly.GetManifestResourceStream(Prefix + path) ?? throw new ArgumentException($"there is no template '{path}'", nameof(path));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>A template with its {{placeholders}} filled in; a missing value is an error, and nothing is HTML-escaped.</summary>
    public static string Fill(string path, IReadOnlyDictionary<string, object> values) =>
        HandlebarsDotNet.Handlebars.Create(new HandlebarsDotNet.HandlebarsConfiguration { NoEscape = true, ThrowOnUnresolvedBindingExpression = true })
            .Compile(Read(path))(values);

    /// <summary>The paths of all templates, in ordinal order.</summary>
    public static IReadOnlyList<string> List() =>
        [.. typeof(TemplateStore).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => name[Prefix.Length..]).Order(StringComparer.Ordinal)];
}
