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
        using var folder = new TempFolder();
        var port = TestServer.FreePort();
        Tool.Run("chmod", "-R", "a+rX", layout.Path);
        var temporary = string.Concat(new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(name => $"{name}_temp_path {folder[name]}; "));
        File.WriteAllText(folder["nginx.conf"], $"daemon off; master_process off; pid {folder["pid"]}; error_log {folder["error.log"]};\nevents {{ }}\nhttp {{ access_log off; {temporary}server {{ listen 127.0.0.1:{port}; {settings} location /device/ {{ alias {layout.Path}/; }} }} }}\n");
        using var server = TestServer.Start(port, "nginx", "-e", folder["error.log"], "-c", folder["nginx.conf"]);
        var notes = new List<string>();
        using var repository = Repository.Open($"http://127.0.0.1:{port}/device", LayoutFixture.Options(notes));
        Assert.Equal(layout.Manifest, repository.ReadManifest(LayoutFixture.Channel, default));
        Assert.Equal(layout.Content, layout.Read(repository));
        Assert.Equal(layout.Content[299_999..], layout.Read(repository, 299_999));
        Assert.Equal([], notes);
    }
}
