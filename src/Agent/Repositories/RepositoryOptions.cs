namespace ImageBuilder.Agent.Repositories;

/// <summary>How a repository is reached.</summary>
internal sealed record RepositoryOptions
{
    /// <summary>Where credentials are looked for that no URL names, in the format of docker's config.json; need not be there.</summary>
    public const string DefaultAuthFile = "/etc/imagebuilder/auth.json";

    /// <summary>Where certificates of authorities are looked for that no option names; need not be there.</summary>
    public const string DefaultCaFile = "/etc/imagebuilder/ca.pem";

    /// <summary>A file of credentials, {"auths": {"HOST": {"auth": base64 of "user:password"}}}; null: <see cref="DefaultAuthFile"/> when it is there.</summary>
    public string? AuthFile { get; init; }

    /// <summary>Certificates (PEM) of the only authorities that are trusted; null: <see cref="DefaultCaFile"/> when it is there, else the system's, which SSL_CERT_FILE and SSL_CERT_DIR move.</summary>
    public string? CaFile { get; init; }

    /// <summary>Bytes per second at most; 0 for no limit.</summary>
    public long Rate { get; init; }

    /// <summary>A server that gives nothing for this long is given up.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes per second that a server must give on average over <see cref="Patience"/>; a slower one is given up. 0 for no such limit.</summary>
    public long LeastRate { get; init; } = 256;

    /// <summary>How often and when a failed request is repeated.</summary>
    public Backoff Backoff { get; init; } = new();

    /// <summary>Told when a request failed and will be repeated.</summary>
    public Action<string> Note { get; init; } = _ => { };
}
