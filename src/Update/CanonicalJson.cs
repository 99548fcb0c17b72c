using System.Text.Json;
using ImageBuilder.Formats;

namespace ImageBuilder.Update;

/// <summary>Documents as JSON of which there is one form only, since digests and signatures are over bytes: keys in order, no blanks, nothing unknown.</summary>
internal static class CanonicalJson
{
    /// <summary>The bytes of a document, an object whose members a function writes in the order of their names.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> members)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    /// <summary>Reads a document, and takes only the bytes that it would be written as.</summary>
    /// <param name="bytes">The document.</param>
    /// <param name="maxLength">Bytes that are read at most.</param>
    /// <param name="schema">The version that its member "schema" has to name.</param>
    /// <param name="read">Reads the object.</param>
    /// <param name="write">Its bytes.</param>
    /// <param name="corrupt">The error for what is wrong.</param>
    public static T Parse<T>(ReadOnlySpan<byte> bytes, int maxLength, int schema, Func<JsonElement, T> read, Func<T, byte[]> write, Func<string, ImageException> corrupt)
    {
        if (bytes.Length > maxLength)
            throw corrupt($"it has {bytes.Length} bytes; at most {maxLength} are read");
        T document;
        try
        {
            using var json = JsonDocument.Parse(bytes.ToArray());
            if (json.RootElement.GetProperty("schema").GetInt32() is var found && found != schema)
                throw new FormatException($"schema {found}; this program knows {schema}");
            document = read(json.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ImageException)
        {
            throw corrupt(error.Message);
        }
        return write(document).AsSpan().SequenceEqual(bytes) ? document : throw corrupt("its bytes are not canonical");
    }
}
