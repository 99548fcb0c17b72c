namespace ImageBuilder.TestSupport;

/// <summary>nginx, which serves a folder.</summary>
/// <param name="root">The folder.</param>
public sealed class NginxServer(string root) : LocalServer("nginx", (folder, port) =>
{
    File.WriteAllText(folder["nginx.conf"], $$"""
        daemon off;
        master_process off;
        pid {{folder["pid"]}};
        error_log stderr;
        events {}
        http {
          access_log off;
          client_body_temp_path {{folder["body"]}};
          proxy_temp_path {{folder["proxy"]}};
          fastcgi_temp_path {{folder["fastcgi"]}};
          uwsgi_temp_path {{folder["uwsgi"]}};
          scgi_temp_path {{folder["scgi"]}};
          server { listen 127.0.0.1:{{port}}; root {{root}}; }
        }
        """);
    return ["-e", "stderr", "-p", folder.Path, "-c", folder["nginx.conf"]];
})
{
    /// <summary>"http://127.0.0.1:PORT".</summary>
    public string Url => $"http://127.0.0.1:{Port}";
}
