namespace ImageBuilder.TestSupport;

/// <summary>docker-registry (Distribution), empty, without TLS.</summary>
/// <param name="access">Who may use it: the value of `auth` in its configuration, as YAML in one line; null for everybody.</param>
public sealed class RegistryServer(string? access = null) : LocalServer("docker-registry", (folder, port) =>
{
    File.WriteAllText(folder["config.yml"], $$"""
        version: 0.1
        log: {level: error}
        storage:
          filesystem: {rootdirectory: {{folder["data"]}}}
          delete: {enabled: true}
        http: {addr: "127.0.0.1:{{port}}"}
        {{(access is null ? "" : $"auth: {access}")}}
        """);
    return ["serve", folder["config.yml"]];
})
{
    /// <summary>"127.0.0.1:PORT", as images are named in it.</summary>
    public string Host => $"127.0.0.1:{Port}";
}
