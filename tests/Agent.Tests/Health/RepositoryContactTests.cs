using ImageBuilder.Agent.Health;
using ImageBuilder.Agent.Tests.Updates;
using ImageBuilder.Formats;
using ImageBuilder.Update;
using ImageBuilder.Update.Channels;
using ImageBuilder.Update.Signatures;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Tests.Health;

/// <summary>What counts as contact with the repository. Needs root.</summary>
public sealed class RepositoryContactTests : IDisposable
{
    private readonly SecretKey key = SecretKey.Generate();
    private readonly TestRepository repository;
    private readonly BootedSystem system;

    public RepositoryContactTests()
    {
        repository = new TestRepository(key);
        var update = new UpdateSettings { Url = repository.Path, Keys = [new TrustedKey(key.Public, null)] };
        system = new BootedSystem(settings: new ImageSettings { Name = "appliance", Version = "1.0.0", Upper = "persistent", Update = update }, dataMiB: 64);
    }

    public void Dispose()
    {
        system.Dispose();
        repository.Dispose();
        key.Dispose();
    }

    [RootFact("losetup", "mke2fs", "mksquashfs")]
    public void What_trusted_keys_have_signed_is_enough_though_it_has_expired_or_is_an_older_one()
    {
        Publish(2);
        Make();
        Assert.Equal(0, system.Agent("check").Code);
        Publish(1);
        Make();
        Publish(3, document => document with { Created = 1, Expires = 2 });
        Make();
        Assert.Equal(InstallPhase.Idle, system.Record.Phase);
    }

    [RootFact("losetup", "mke2fs", "mksquashfs")]
    public void What_others_have_signed_and_what_is_no_repository_is_no_contact()
    {
        using var stranger = SecretKey.Generate();
        repository.Key = stranger;
        Publish(1);
        Assert.Equal("IB6041", Assert.Throws<ImageException>(Make).Id);
        File.WriteAllText($"{repository.Path}/index.json", "<html>Please log in to the network</html>");
        Assert.StartsWith("IB60", Assert.Throws<ImageException>(Make).Id, StringComparison.Ordinal);
        Directory.Delete(repository.Path, recursive: true);
        Assert.StartsWith("IB612", Assert.Throws<ImageException>(Make).Id, StringComparison.Ordinal);
        Directory.CreateDirectory(repository.Path);
    }

    private void Publish(ulong sequence, Func<ChannelDocument, ChannelDocument>? change = null) =>
        repository.Publish(system.Disk!.Factory with { Version = "2.0.0", Boot = repository.Random(10_000) }, sequence, change);

    private void Make() => RepositoryContact.Make(Device.Open(system.Root, system.Run, system.Disk!.Sysfs), CancellationToken.None);
}
