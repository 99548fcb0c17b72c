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
}
