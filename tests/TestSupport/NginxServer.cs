namespace ImageBuilder.TestSupport;

/// <summary>nginx, which serves a folder.</summary>
/// <param name="root">The folder.</param>
/// <param name="certificate">For TLS: a PEM file with the certificate and its key; null for none.</param>
/// <param name="settings">More of its configuration, in the block of the server.</param>
public sealed class NginxServer(string root, string? certificate = null, string settings = "") : LocalServer("nginx", (folder, port) =>
{
    // Small buffers of the system: what is logged as sent and what has come differ by no more.
    File.WriteAllText(folder["nginx.conf"], $$"""
        daemon off;
        master_process off;
        pid {{folder["pid"]}};
        error_log stderr;
        events {}
        http {
          log_format answers '$status $body_bytes_sent "$http_range" $uri';
          access_log {{folder[LogName]}} answers;
          client_body_temp_path {{folder["body"]}};
          proxy_temp_path {{folder["proxy"]}};
          fastcgi_temp_path {{folder["fastcgi"]}};
          uwsgi_temp_path {{folder["uwsgi"]}};
          scgi_temp_path {{folder["scgi"]}};
          server {
            listen 127.0.0.1:{{port}}{{(certificate is null ? "" : " ssl")}} sndbuf=64k;
            {{(certificate is null ? "" : $"ssl_certificate {certificate}; ssl_certificate_key {certificate};")}}
            root {{root}};
            {{settings}}
          }
        }
        """);
    return ["-e", "stderr", "-p", folder.Path, "-c", folder["nginx.conf"]];
})
{
    private const string LogName = "access.log";
    private readonly bool hasTls = certificate is not null;

    /// <summary>"http://127.0.0.1:PORT", or https.</summary>
    public string Url => $"{(hasTls ? "https" : "http")}://127.0.0.1:{Port}";

    /// <summary>What it has answered so far, in order.</summary>
    public IReadOnlyList<NginxAnswer> Answers => [.. File.ReadLines(Folder[LogName]).Select(NginxAnswer.Parse)];
}
