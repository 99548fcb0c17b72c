using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Tests.Spec;

/// <summary>Specs made to take for ever: each is answered, and soon.</summary>
public class HostileSpecTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Two_hundred_thousand_open_brackets_are_one_error()
    {
        var diagnostics = await Load("schema: 1\nname: x\nfiles: " + new string('[', 200_000));
        Assert.Equal(["IB1109"], diagnostics);
    }

    [Fact]
    public async Task Variables_that_double_forty_times_are_one_error_not_a_terabyte()
    {
        var variables = string.Concat(Enumerable.Range(1, 40).Select(n => $"  v{n}: \"{{{{v{n - 1}}}}}{{{{v{n - 1}}}}}\"\n"));
        var diagnostics = await Load($"schema: 1\nname: x\nbase: {{ debian: {{ suite: trixie }} }}\nvariables:\n  v0: xxxxxxxxxxxxxxxx\n{variables}hostname: \"{{{{v40}}}}\"\n");
        Assert.NotEmpty(diagnostics);
    }

    private static async Task<string[]> Load(string text)
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["x.yaml"], text);
        return await Task.Run(() => SpecLoader.Load(folder["x.yaml"]).Diagnostics.Select(diagnostic => diagnostic.Id).ToArray()).WaitAsync(Soon);
    }
}
