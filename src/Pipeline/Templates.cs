namespace ImageBuilder.Pipeline;

/// <summary>The files of <c>templates/</c>, which travel inside this assembly.</summary>
public static class Templates
{
    private const string Prefix = "templates/";

    /// <summary>All names, relative to <c>templates/</c>, sorted.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. typeof(Templates).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => name[Prefix.Length..]).Order(StringComparer.Ordinal)];

    /// <summary>The text of a template.</summary>
    /// <param name="name">Its name relative to <c>templates/</c>.</param>
    public static string ReadText(string name)
    {
        using var stream = typeof(Templates).Assembly.GetManifestResourceStream(Prefix + name)
            ?? throw new ArgumentException($"no template '{name}'; there are {string.Join(", ", Names)}", nameof(name));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>A template with its {{placeholders}} filled in: Handlebars, nothing HTML-escaped.</summary>
    /// <param name="name">Its name relative to <c>templates/</c>.</param>
    /// <param name="values">A value for every placeholder.</param>
    /// <exception cref="HandlebarsDotNet.HandlebarsException">A value is missing.</exception>
    public static string Fill(string name, IReadOnlyDictionary<string, object> values) =>
        HandlebarsDotNet.Handlebars.Create(new HandlebarsDotNet.HandlebarsConfiguration { NoEscape = true, ThrowOnUnresolvedBindingExpression = true })
            .Compile(ReadText(name))(values);
}
