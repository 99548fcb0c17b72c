using System.Text.Json;
using ImageBuilder.Update;
using ImageBuilder.Update.Channels;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Signatures;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Tests.Updates;

/// <summary>What is reported of an update, to a server that may not be there. Needs root.</summary>
public sealed class ReportTests : IDisposable
{
    private readonly SecretKey key = SecretKey.Generate();
    private readonly TestRepository repository;
    private readonly FileServer collector;
    private readonly BootedSystem system;

    public ReportTests()
    {
        repository = new TestRepository(key);
        collector = new FileServer(repository.Path);
        var update = new UpdateSettings { Url = repository.Path, Report = $"{collector.Url}fleet?token=secret", Keys = [new TrustedKey(key.Public, null)] };
        system = new BootedSystem(settings: new ImageSettings { Name = "appliance", Version = "1.0.0", Upper = "persistent", Update = update }, dataMiB: 64);
    }

    public void Dispose()
    {
        system.Dispose();
        collector.Dispose();
        repository.Dispose();
        key.Dispose();
    }

    [RootFact("losetup", "mke2fs", "mksquashfs")]
    public void Results_wait_until_the_server_takes_them_and_nothing_waits_for_the_server()
    {
        var stack = system.Disk!.Factory with { Version = "2.0.0", Layers = [repository.Random(500_000), .. system.Disk.Factory.Layers], Boot = repository.Random(1_000_001) };
        repository.Publish(stack, 1);
        File.WriteAllText(system["/etc/machine-id"], "0123456789abcdef0123456789abcdef\n");
        collector.Answer = _ => new FileAnswer { Status = 503, Body = [] };

        Assert.Equal(0, system.Agent("install").Code);
        system.Start(Slot.B);
        Assert.Equal(0, system.Agent("commit").Code);
        Assert.Empty(collector.Requests); // it is noted; who posts is another program's part
        Assert.Equal(2, Waiting);
        var (code, _, error) = system.Agent("report");
        Assert.True(code == 1 && error.Contains("IB6162", StringComparison.Ordinal) && error.Contains("503", StringComparison.Ordinal) && !error.Contains("secret", StringComparison.Ordinal), error);
        Assert.Equal((1, 2), (collector.Requests.Count, Waiting));

        collector.Answer = request => request.Method == "POST" ? new FileAnswer { Status = 204, Body = [] } : null;
        Assert.Equal("2 results posted\n", system.Agent("report").Output);
        Assert.Equal((0, "0 results posted\n"), (Waiting, system.Agent("report").Output));
        var posts = collector.Requests.Skip(1).ToList();
        Assert.Equal(collector.Requests.First().Body, posts[0].Body);
        Assert.All(posts, post => Assert.Equal(("POST", "/fleet?token=secret", "application/json"), (post.Method, post.Path, post["Content-Type"])));
        var (installed, committed) = (JsonDocument.Parse(posts[0].Body).RootElement, JsonDocument.Parse(posts[1].Body).RootElement);
        Assert.Equal(("installed", "2.0.0", stack.Id.ToString(), "a"), (Text(installed, "event"), Text(installed, "version"), Text(installed, "stack"), Text(installed, "slot")));
        Assert.Equal(("committed", stack.Id.ToString(), "b"), (Text(committed, "event"), Text(committed, "stack"), Text(committed, "slot")));
        Assert.NotEqual(Text(installed, "id"), Text(committed, "id"));
        Assert.Equal(Text(installed, "machine"), Text(committed, "machine"));
        Assert.Equal((64, false), (Text(installed, "machine")!.Length, installed.GetRawText().Contains("0123456789abcdef0123456789abcdef", StringComparison.Ordinal)));
    }

    [RootFact("losetup", "mke2fs", "mksquashfs")]
    public void A_server_that_is_gone_is_told_of_and_the_result_waits()
    {
        repository.Publish(system.Disk!.Factory with { Version = "2.0.0", Boot = repository.Random(1_000_001) }, 1);
        collector.Dispose();
        Assert.Equal(0, system.Agent("install").Code);
        var (code, _, error) = system.Agent("report");
        Assert.True(code == 1 && error.Contains("IB6120", StringComparison.Ordinal), error);
        Assert.Equal(1, Waiting);
    }

    private int Waiting => Directory.GetFiles(system.Data + DataLayout.Reports).Length;

    private static string? Text(JsonElement report, string name) => report.GetProperty(name).GetString();
}
