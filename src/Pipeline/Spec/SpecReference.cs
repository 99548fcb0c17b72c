using System.Text;

namespace ImageBuilder.Pipeline.Spec;

/// <summary>The reference of the spec language and its errors as Markdown tables, made from <see cref="SpecSchema"/> and <see cref="SpecErrors"/>.</summary>
public static class SpecReference
{
    /// <summary>Every key with its type, default and meaning.</summary>
    public static string KeysToMarkdown()
    {
        var text = new StringBuilder("| key | takes | default | meaning |\n|---|---|---|---|\n");
        AppendKeys(text, SpecSchema.Document, "");
        return text.ToString();
    }

    /// <summary>Every error id with its explanation.</summary>
    public static string ErrorsToMarkdown()
    {
        var text = new StringBuilder("| id | meaning |\n|---|---|\n");
        foreach (var error in SpecErrors.All)
            text.Append($"| {error.Id} | {Escape(error.Explanation)} |\n");
        return text.ToString();
    }

    private static void AppendKeys(StringBuilder text, SpecType type, string prefix)
    {
        foreach (var key in type.Keys)
        {
            var meaning = key.Later is null ? key.Doc : $"*Not yet.* {key.Doc}";
            var standard = key.Required ? "*required*" : key.Default is null ? "" : key.Default;
            text.Append($"| `{prefix}{key.Name}` | {Escape(Takes(key.Type))} | {Escape(standard)} | {Escape(meaning)} |\n");
            var below = key.Type.Kind == SpecKind.List ? key.Type.Item! : key.Type;
            if (below.Kind == SpecKind.Map && key.Later is null)
                AppendKeys(text, below, $"{prefix}{key.Name}{(key.Type.Kind == SpecKind.List ? "[]" : "")}.");
        }
    }

    private static string Takes(SpecType type) => type switch
    {
        { Kind: SpecKind.TextOrList } => $"{string.Join(", ", type.Values)}, or a list of {type.Item!.Label}s",
        { Values.Count: > 0 } => string.Join(", ", type.Values),
        { Kind: SpecKind.List, Item.Values.Count: > 0 } => $"a list of {string.Join(", ", type.Item!.Values)}",
        { Kind: SpecKind.List } => $"a {type.Label}",
        { Kind: SpecKind.Integer } when type.Least == type.Most => $"{type.Least}",
        { Form: not null } => type.Form,
        _ => type.Described,
    };

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
