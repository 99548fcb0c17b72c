namespace ImageBuilder.Update.Repositories;

/// <summary>What a blob of a repository is.</summary>
public enum BlobRole
{
    /// <summary>The channel document: exactly one.</summary>
    Channel,

    /// <summary>An earlier channel document that names keys.</summary>
    Keys,

    /// <summary>A stack manifest.</summary>
    Stack,

    Layer,
    Boot,
    Signature,

    /// <summary>Where the channel's stack differs from earlier ones: one at most.</summary>
    Changes,
}
