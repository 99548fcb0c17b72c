using ImageBuilder.Agent.Tests.Updates;

namespace ImageBuilder.Agent.Tests.Network;

/// <summary>The native program installs from nginx: directly, by TLS, through proxies, and over connections that break. Needs root.</summary>
public class WebInstallTests(PublishedRepository published) : IClassFixture<PublishedRepository>
{
    [RootFact("nginx", "unshare", "losetup", "mke2fs", "mksquashfs")]
    public void Over_connections_that_break_nothing_is_loaded_twice()
    {
        if (!PublishedRepository.IsThere)
            return;
        using var nginx = new NginxServer(published.Path);
        using var proxy = new ProxyServer();
        // The first in the patch, which is the first layer, the second in the base below it.
        var (patch, below) = (published.Stack.Layers[0], published.Stack.Layers[1]);
        foreach (var cut in (long[])[patch.Size / 2, (patch.Size / 2) + (below.Size / 3)])
            proxy.Cuts.Enqueue(cut);
        using var device = published.NewDevice();
        var (code, output) = DeviceProgram.Run(device, $"http_proxy=http://{proxy.Host} agent install --from {nginx.Url}");
        Assert.True(code == 0, output);
        Assert.Equal(2, output.Split("the connection broke").Length - 1);
        published.RequireInstalled(device);
        foreach (var layer in (Update.Stacks.StackBlob[])[patch, below])
        {
            var answers = nginx.Answers.Where(answer => answer.Path.EndsWith(layer.Sha256, StringComparison.Ordinal)).ToList();
            Assert.Equal([200, 206], answers.Select(answer => answer.Status));
            Assert.Equal(layer.Size, answers[1].Offset + answers[1].Sent);
            Assert.InRange(answers[1].Offset!.Value, 1 << 20, layer.Size - (1 << 20));
        }
        // All that came over the wire: the blobs once, and heads and small documents.
        Assert.InRange(proxy.Received, published.Download, published.Download + (32 << 10));
    }

    [RootFact("nginx", "openssl", "unshare", "losetup", "mke2fs", "mksquashfs")]
    public void Only_from_whom_the_named_authority_has_signed()
    {
        if (!PublishedRepository.IsThere)
            return;
        using var authority = new TestAuthority();
        using var stranger = new TestAuthority();
        using var nginx = new NginxServer(published.Path, authority.Server);
        using var proxy = new ProxyServer();
        using var device = published.NewDevice();
        var (code, output) = DeviceProgram.Run(device, $"""
            mkdir -p $ROOT/etc/imagebuilder
            cp {authority.Certificate} $ROOT/etc/ca.pem
            cp {stranger.Certificate} $ROOT/etc/stranger.pem
            refused() {"{"} "$@" 2>&1 | grep -q "IB6125.*not trusted" || {"{"} echo "not refused: $*"; exit 9; {"}"}; {"}"}
            refused agent check --from {nginx.Url}
            refused agent check --from {nginx.Url} --ca-file /etc/stranger.pem
            agent check --from {nginx.Url} --ca-file /etc/ca.pem || exit 1
            SSL_CERT_FILE=/etc/ca.pem agent check --from {nginx.Url} || exit 2
            cp $ROOT/etc/ca.pem $ROOT/etc/imagebuilder/ca.pem
            https_proxy=http://{proxy.Host} agent install --from {nginx.Url}
            """);
        Assert.True(code == 0, output);
        published.RequireInstalled(device);
        Assert.All(proxy.Heads, head => Assert.StartsWith($"CONNECT 127.0.0.1:{nginx.Port} HTTP/1.1\r\n", head));
        Assert.InRange(proxy.Heads.Count, 1, 3);
    }

    [RootFact("nginx", "unshare", "losetup", "mke2fs", "mksquashfs")]
    public void Only_a_certificate_in_its_time_for_this_server_with_its_whole_chain()
    {
        if (!PublishedRepository.IsThere)
            return;
        using var expired = new TestAuthority(days: -1);
        using var other = new TestAuthority(host: "DNS:updates.example.org,IP:127.0.0.2");
        using var between = new TestAuthority(withIntermediate: true);
        using var device = published.NewDevice();
        Check(expired, expired.Server, isTrusted: false);
        Check(other, other.Server, isTrusted: false);
        Check(between, between.Server, isTrusted: false);
        Check(between, between.ServerWithChain, isTrusted: true);

        void Check(TestAuthority authority, string server, bool isTrusted)
        {
            using var nginx = new NginxServer(published.Path, server);
            var (code, output) = DeviceProgram.Run(device, $"""
                cp {authority.Certificate} $ROOT/etc/ca.pem
                agent check --from {nginx.Url} --ca-file /etc/ca.pem --attempts 1
                """);
            Assert.True(isTrusted ? code == 0 : code == 1 && output.Contains("IB6125", StringComparison.Ordinal) && output.Contains("not trusted", StringComparison.Ordinal), output);
        }
    }

    [RootFact("nginx", "unshare", "losetup", "mke2fs", "mksquashfs")]
    public void Through_the_proxy_that_the_environment_names()
    {
        if (!PublishedRepository.IsThere)
            return;
        using var nginx = new NginxServer(published.Path);
        using var proxy = new ProxyServer { Authorization = $"Basic {Convert.ToBase64String("gate:open sesame"u8)}" };
        using var unused = new ProxyServer();
        using var device = published.NewDevice();
        // Each check: who may ask, with what in the environment, and how it has to end.
        var (code, output) = DeviceProgram.Run(device, $$"""
            check() { wanted=$1; shift; (export "$@"; agent check --from {{nginx.Url}} --attempts 1) > $F/said 2>&1; [ $? = $wanted ] || { echo "$*"; cat $F/said; exit 9; }; }
            says() { grep -q "$1" $F/said || { echo "not said: $1"; cat $F/said; exit 9; }; }
            check 1 http_proxy=http://{{proxy.Host}}; says 'IB6124.*the proxy wants user and password'
            check 0 http_proxy=http://gate:open%20sesame@{{proxy.Host}}
            check 0 all_proxy=http://gate:open%20sesame@{{proxy.Host}}
            check 0 http_proxy=http://{{unused.Host}} no_proxy=example.org,127.0.0.1
            check 0 https_proxy=http://{{unused.Host}}
            check 1 http_proxy=http://127.0.0.1:1; says IB6120
            """);
        Assert.True(code == 0, output);
        Assert.Empty(unused.Heads);
        Assert.InRange(proxy.Heads.Count, 3, 12);
        Assert.All(proxy.Heads, head => Assert.StartsWith($"GET {nginx.Url}/", head));
        Assert.DoesNotContain(proxy.Heads, head => head.Contains("\nAuthorization", StringComparison.OrdinalIgnoreCase));
    }
}
