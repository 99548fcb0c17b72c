using System.Text.Json;

namespace ImageBuilder.Init.Tests;

public class TimelineTests
{
    [Fact]
    public void The_timeline_is_json_on_one_line()
    {
        long now = 100;
        var timeline = new Timeline(() => now);
        timeline.Set("image", "/live/root.squashfs");
        timeline.Set("slot", null);
        var end = timeline.Begin("medium");
        now = 250;
        Assert.Equal((100, 250), end());
        timeline.Skip("upper");
        timeline.Begin("root");
        now = 300;
        timeline.Decide("medium", "/dev/sr0", "is LABEL=\"a\\b\"\n");

        var text = timeline.ToJson();

        Assert.DoesNotContain('\n', text);
        using var json = JsonDocument.Parse(text);
        var root = json.RootElement;
        Assert.Equal("/live/root.squashfs", root.GetProperty("image").GetString());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("slot").ValueKind);
        var phases = root.GetProperty("phases").EnumerateArray().ToList();
        Assert.Equal(["medium", "upper", "root"], phases.Select(phase => phase.GetProperty("name").GetString()));
        Assert.Equal([(100, 250), (250, 250), (250, 300)], phases.Select(phase => (phase.GetProperty("start").GetInt64(), phase.GetProperty("end").GetInt64())));
        Assert.Equal("nothing to do", phases[1].GetProperty("skipped").GetString());
        Assert.Equal("is LABEL=\"a\\b\"\n", root.GetProperty("decisions")[0].GetProperty("reason").GetString());
    }

    [Fact]
    public void Values_that_belong_together_are_an_object_and_lists_are_lists()
    {
        var timeline = new Timeline(() => 0);
        timeline.SetObject("upper", ("kind", "persistent"), ("number", 7u), ("size", null));
        timeline.SetList("failures", ["one \"two\"", "three"]);
        timeline.Set("upper-limit", 5L << 40);
        using var json = JsonDocument.Parse(timeline.ToJson());
        var upper = json.RootElement.GetProperty("upper");
        Assert.Equal(("persistent", 7, JsonValueKind.Null), (upper.GetProperty("kind").GetString(), upper.GetProperty("number").GetInt32(), upper.GetProperty("size").ValueKind));
        Assert.Equal(["one \"two\"", "three"], json.RootElement.GetProperty("failures").EnumerateArray().Select(failure => failure.GetString()));
        Assert.Equal(5L << 40, json.RootElement.GetProperty("upper-limit").GetInt64());
    }

    [Fact]
    public void Text_outside_ascii_survives() => Assert.Equal("Straße \u0001", JsonSerializer.Deserialize<string>(Timeline.Quote("Straße \u0001")));
}
