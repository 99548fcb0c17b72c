using System.Text.Json;
using ImageBuilder.Cli.Rendering;
using ImageBuilder.Pipeline;
using ImageBuilder.Pipeline.Spec;

namespace ImageBuilder.Cli.Tests;

public class JsonLinesTests
{
    [Fact]
    public void A_run_is_told_from_the_first_step_to_its_result()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["ä.iso"], "12345");
        var output = new StringWriter();
        var reporter = new JsonReporter(output);
        using (var step = reporter.Begin("squashfs"))
        {
            step.Progress(1, 10);
            step.Progress(2, 10); // too soon after the first
            step.Progress(10, 10);
            step.Detail("almost");
            step.Complete("1 MB");
        }
        reporter.Warn("mind \"this\"\nand that");
        reporter.Begin("iso").Dispose();
        JsonLines.Result(output, new BuildResult([folder["ä.iso"]]));
        Assert.Equal(
            ["begin squashfs", "progress 1/10", "progress 10/10", "progress almost", "end True", "warning", "begin iso", "end False", $"result {folder["ä.iso"]} 5"],
            Events(output).Select(Short));
    }

    [Fact]
    public void Errors_carry_their_id_and_those_of_a_spec_their_place()
    {
        var output = new StringWriter();
        JsonLines.Error(output, "IB5003", "exists already");
        JsonLines.Error(output, null, "wrong usage");
        JsonLines.Error(output, new Diagnostic { File = "live.yaml", Span = new SourceSpan(3, 5, 2), Id = "IB1204", Message = "unknown key" });
        Assert.Equal(
            ["""{"event":"error","id":"IB5003","message":"exists already"}""", """{"event":"error","id":null,"message":"wrong usage"}""",
             """{"event":"error","id":"IB1204","message":"unknown key","file":"live.yaml","line":3,"column":5}"""],
            output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static IEnumerable<JsonElement> Events(StringWriter output) =>
        output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement);

    private static string Short(JsonElement line) => line.GetProperty("event").GetString() switch
    {
        "begin" => $"begin {line.GetProperty("step")}",
        "progress" when line.TryGetProperty("detail", out var detail) => $"progress {detail}",
        "progress" => $"progress {line.GetProperty("done")}/{line.GetProperty("total")}",
        "end" => $"end {line.GetProperty("ok")}",
        "result" => $"result {line.GetProperty("artefacts")[0].GetProperty("path")} {line.GetProperty("artefacts")[0].GetProperty("bytes")}",
        var other => other!,
    };
}
