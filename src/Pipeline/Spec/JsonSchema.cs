using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ImageBuilder.Pipeline.Spec;

/// <summary>The spec language as a JSON Schema (draft 2020-12), for editors that complete and check.</summary>
public static class JsonSchema
{
    /// <summary>What follows "{{" is replaced before a value is checked, so the schema lets it pass.</summary>
    private const string OrVariable = @"\{\{";

    private static readonly JsonWriterOptions Style = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The schema's text, the same bytes every time.</summary>
    public static string ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Style))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "https://json-schema.org/draft/2020-12/schema");
            json.WriteString("title", $"imagebuilder spec, version {SpecSchema.Version}");
            WriteType(json, SpecSchema.Document);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static void WriteType(Utf8JsonWriter json, SpecType type)
    {
        switch (type.Kind)
        {
            case SpecKind.Text when type.Values.Count > 0:
                WriteChoice(json, type);
                break;
            case SpecKind.Text:
                WriteText(json, type);
                break;
            case SpecKind.Integer when type.Least == type.Most:
                json.WriteNumber("const", type.Least);
                break;
            case SpecKind.Integer:
                WriteTypes(json, "integer", "string");
                json.WriteString("pattern", OrVariable);
                json.WriteNumber("minimum", type.Least);
                json.WriteNumber("maximum", type.Most);
                break;
            case SpecKind.Boolean:
                WriteTypes(json, "boolean", "string");
                json.WriteString("pattern", OrVariable);
                break;
            case SpecKind.List:
                WriteList(json, type);
                break;
            case SpecKind.TextOrList:
                json.WriteStartArray("anyOf");
                json.WriteStartObject();
                WriteChoice(json, type);
                json.WriteEndObject();
                json.WriteStartObject();
                WriteList(json, type);
                json.WriteEndObject();
                json.WriteEndArray();
                break;
            case SpecKind.Dictionary:
                json.WriteString("type", "object");
                json.WriteStartObject("propertyNames");
                json.WriteString("pattern", $"^(?:{SpecChecker.VariableName})$");
                json.WriteStartObject("not");
                WriteArray(json, "enum", Variables.BuiltIn);
                json.WriteEndObject();
                json.WriteEndObject();
                json.WriteStartObject("additionalProperties");
                WriteType(json, type.Item!);
                json.WriteEndObject();
                break;
            case SpecKind.Map:
                WriteMap(json, type);
                break;
            default:
                throw new InvalidOperationException($"no JSON Schema for {type.Kind}");
        }
    }

    private static void WriteText(Utf8JsonWriter json, SpecType type)
    {
        // A number is text as well (`version: 1.2`); its digits are taken as they are written.
        WriteTypes(json, "string", "number");
        if (type.Pattern is not null)
            json.WriteString("pattern", $"^(?:{type.Pattern})$|{OrVariable}");
        if (type.Least > 0)
            json.WriteNumber("minLength", type.Least);
        if (type.Most < long.MaxValue)
        {
            json.WriteStartArray("anyOf");
            json.WriteStartObject();
            json.WriteNumber("maxLength", type.Most);
            json.WriteEndObject();
            json.WriteStartObject();
            json.WriteString("pattern", OrVariable);
            json.WriteEndObject();
            json.WriteEndArray();
        }
    }

    private static void WriteChoice(Utf8JsonWriter json, SpecType type)
    {
        json.WriteStartArray("anyOf");
        json.WriteStartObject();
        json.WriteStartArray("enum");
        foreach (var value in type.Values)
        {
            json.WriteStringValue(value);
            if (long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                json.WriteNumberValue(number); // 512 in YAML is a number, and text all the same
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject();
        json.WriteString("type", "string");
        json.WriteString("pattern", OrVariable);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteList(Utf8JsonWriter json, SpecType type)
    {
        json.WriteString("type", "array");
        if (type.Least > 0)
            json.WriteNumber("minItems", type.Least);
        if (type.Most < long.MaxValue)
            json.WriteNumber("maxItems", type.Most);
        if (type.Unique)
            json.WriteBoolean("uniqueItems", true);
        json.WriteStartObject("items");
        WriteType(json, type.Item!);
        json.WriteEndObject();
    }

    private static void WriteMap(Utf8JsonWriter json, SpecType type)
    {
        json.WriteString("type", "object");
        json.WriteBoolean("additionalProperties", false);
        if (type.Keys.Any(key => key.Required))
            WriteArray(json, "required", type.Keys.Where(key => key.Required).Select(key => key.Name));
        if (type.ExactlyOne.Count > 0)
        {
            json.WriteStartArray("oneOf");
            foreach (var name in type.ExactlyOne)
                WriteRequired(json, [name]);
            json.WriteEndArray();
        }
        if (type.AtLeastOne.Count > 0)
        {
            json.WriteStartArray("anyOf");
            foreach (var name in type.AtLeastOne)
                WriteRequired(json, [name]);
            json.WriteEndArray();
        }
        if (type.AtMostOne.Count > 0)
        {
            json.WritePropertyName("not");
            WriteRequired(json, type.AtMostOne);
        }
        json.WriteStartObject("properties");
        foreach (var key in type.Keys)
        {
            json.WriteStartObject(key.Name);
            json.WriteString("description", Describe(key));
            if (key.Later is null)
                WriteType(json, key.Type);
            else
            {
                json.WriteStartObject("not");
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static string Describe(SpecKey key)
    {
        var text = key.Later is null ? key.Doc : $"Not yet: {key.Doc}";
        text += key.Type.Form is null ? "" : $" Form: {key.Type.Form}.";
        text += key.Default is null ? "" : $" Default: {key.Default}.";
        return key.Example is null ? text : $"{text} Example: {key.Name}: {key.Example}";
    }

    private static void WriteRequired(Utf8JsonWriter json, IEnumerable<string> names)
    {
        json.WriteStartObject();
        WriteArray(json, "required", names);
        json.WriteEndObject();
    }

    private static void WriteTypes(Utf8JsonWriter json, params string[] types) => WriteArray(json, "type", types);

    private static void WriteArray(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
