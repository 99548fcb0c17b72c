using ImageBuilder.Agent.Repositories;

namespace ImageBuilder.Agent.Tests.Repositories;

/// <summary>A web server that many have.</summary>
public class RealServerTests
{
    [ToolTheory("nginx")]
    [InlineData("")]
    [InlineData("max_ranges 0; gzip on; gzip_types *;")]
    public void Nginx_serves_a_layout(string settings)
    {
        using var layout = new LayoutFixture();
        Tool.Run("chmod", "-R", "a+rX", layout.Path);
        using var server = new NginxServer(layout.Path, settings: $"{settings} location /device/ {{ alias {layout.Path}/; }}");
        var notes = new List<string>();
        using var repository = Repository.Open($"{server.Url}/device", LayoutFixture.Options(notes));
        Assert.Equal(layout.Manifest, repository.ReadManifest(LayoutFixture.Channel, default));
        Assert.Equal(layout.Content, layout.Read(repository));
        Assert.Equal(layout.Content[299_999..], layout.Read(repository, 299_999));
        Assert.Equal([], notes);
    }
}
