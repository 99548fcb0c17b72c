using ImageBuilder.Agent.Tests.Updates;

namespace ImageBuilder.Agent.Tests.Network;

/// <summary>The native program installs from a real registry what skopeo has copied there. Needs root.</summary>
public class RegistryInstallTests(PublishedRepository published) : IClassFixture<PublishedRepository>
{
    private const string Name = "fleet/sample";

    [RootFact("docker-registry", "skopeo", "unshare", "losetup", "mke2fs", "mksquashfs")]
    public void From_a_registry()
    {
        if (!PublishedRepository.IsThere)
            return;
        using var registry = new RegistryServer();
        published.CopyTo($"{registry.Host}/{Name}");
        using var device = published.NewDevice();
        var (code, output) = DeviceProgram.Run(device, $"from=oci+http://{registry.Host}/{Name}; agent check --from $from && agent install --from $from");
        Assert.True(code == 0, output);
        Assert.Matches(@"channel 'stable' offers sample 2\.0\.0 \(\w+\): it can be installed", output);
        published.RequireInstalled(device);
    }

    [RootFact("docker-registry", "skopeo", "openssl", "unshare", "losetup", "mke2fs", "mksquashfs")]
    public void From_a_registry_that_wants_a_token()
    {
        if (!PublishedRepository.IsThere)
            return;
        using var authority = new TestAuthority();
        using var tokens = new TokenServer(authority, "fleet:open sesame");
        using var registry = new RegistryServer(tokens.Access);
        published.CopyTo($"{registry.Host}/{Name}", "--dest-creds", "fleet:open sesame");
        using var device = published.NewDevice();
        var asked = tokens.Asked;
        var (refused, said) = DeviceProgram.Run(device, $"agent check --from oci+http://fleet:wrong@{registry.Host}/{Name}");
        Assert.True(refused == 1 && said.Contains("IB6124", StringComparison.Ordinal) && !said.Contains("wrong", StringComparison.Ordinal), said);
        var (code, output) = DeviceProgram.Run(device, $"agent install --from oci+http://fleet:open%20sesame@{registry.Host}/{Name}");
        Assert.True(code == 0, output);
        Assert.Equal(asked + 2, tokens.Asked); // refused once, and one token for the whole installation
        published.RequireInstalled(device);
    }
}
