using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageBuilder.Pipeline;
using ImageBuilder.Pipeline.Spec;

namespace ImageBuilder.Cli.Rendering;

/// <summary>The events of --progress=json that end a run; PROGRESS.md has them all.</summary>
internal static class JsonLines
{
    // Paths and messages are for people and programs, never for a web page.
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes one event on one line.</summary>
    public static void Write(TextWriter output, JsonObject line)
    {
        var text = line.ToJsonString(Readable);
        lock (output)
            output.WriteLine(text);
    }

    /// <summary>An error; without an id for wrong usage.</summary>
    public static void Error(TextWriter output, string? id, string message) =>
        Write(output, new JsonObject { ["event"] = "error", ["id"] = id, ["message"] = message });

    /// <summary>An error in a spec.</summary>
    public static void Error(TextWriter output, Diagnostic diagnostic) => Write(output, new JsonObject
    {
        ["event"] = "error",
        ["id"] = diagnostic.Id,
        ["message"] = diagnostic.Message,
        ["file"] = diagnostic.File,
        ["line"] = diagnostic.File is null ? null : diagnostic.Span.Line,
        ["column"] = diagnostic.File is null ? null : diagnostic.Span.Column,
    });

    /// <summary>What a build made, the image first.</summary>
    public static void Result(TextWriter output, BuildResult result) => Write(output, new JsonObject
    {
        ["event"] = "result",
        ["artefacts"] = new JsonArray([.. result.Artefacts.Select(artefact => (JsonNode)new JsonObject
        {
            ["path"] = artefact,
            ["bytes"] = new FileInfo(artefact).Length,
        })]),
    });
}
