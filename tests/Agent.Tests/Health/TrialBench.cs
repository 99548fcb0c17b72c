using ImageBuilder.Agent.Health;
using ImageBuilder.Update;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Tests.Health;

/// <summary>A booted system on trial, with what would end the trial or the machine replaced by notes of it.</summary>
internal sealed class TrialBench : IDisposable, ITrialSlots
{
    public TrialBench(UpdateSettings? update = null)
    {
        System = new BootedSystem(settings: new ImageSettings { Name = "appliance", Version = "1.1.0", Upper = "persistent", Persist = ["/home"], Snapshots = 2, Update = update ?? new UpdateSettings { Offline = true } });
        Device = Device.Open(System.Root, System.Run);
        File.WriteAllText(TrialFile, BootedSystem.Stack.ToString());
    }

    public BootedSystem System { get; }

    public Device Device { get; }

    public string TrialFile => $"{System.Run}/imagebuilder/trial";

    /// <summary>The folder with what is left of the trial.</summary>
    public string Left => $"{System.Data}/ib/trials/1";

    /// <summary>What happened, in its order.</summary>
    public List<string> Events { get; } = [];

    /// <summary>What was said.</summary>
    public List<string> Said { get; } = [];

    /// <summary>Time since the kernel's start.</summary>
    public TimeSpan Time { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Thrown by the next attempts to note the end.</summary>
    public Queue<Exception> Troubles { get; } = [];

    public AgentConsole Console => new(Said.Add, Said.Add);

    public TrialEnd End => new(Device, this, isUrgent => Events.Add(isUrgent ? "restart, urgent" : "restart"), Console);

    public TrialRun Run(Action<CancellationToken>? contact = null) =>
        new(Device, End, contact ?? (_ => Events.Add("contact")), Console) { Clock = () => Time, Pause = TimeSpan.FromMilliseconds(1) };

    public Migration Migration => new(Device, End, Console) { Clock = () => Time };

    /// <summary>Puts a shell script into the root.</summary>
    public void Script(string path, string script)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(System[path])!);
        File.WriteAllText(System[path], "#!/bin/sh\n" + script);
        File.SetUnixFileMode(System[path], (UnixFileMode)0b111_101_101);
    }

    /// <summary>As if systemd ran: its programs are scripts.</summary>
    public void Systemd(string control, string journal)
    {
        Directory.CreateDirectory($"{System.Run}/systemd/system");
        Script("/usr/bin/systemctl", $"echo \"$@\" >> {System.Outside("asked")}\n{control}");
        Script("/usr/bin/journalctl", journal);
    }

    public StateRecord Commit()
    {
        if (Troubles.TryDequeue(out var trouble))
            throw trouble;
        Events.Add("commit");
        return System.Record;
    }

    public StateRecord Fail(string reason)
    {
        if (Troubles.TryDequeue(out var trouble))
            throw trouble;
        Events.Add($"fail: {reason}");
        return System.Record;
    }

    public void Dispose() => System.Dispose();
}
