namespace ImageBuilder.Pipeline.Plan;

/// <summary>Where the root file system comes from: one of the records that derive from this.</summary>
public abstract record BasePlan;

/// <summary>A root file system that exists already and is taken as it is: the base brings its kernel and every package itself.</summary>
/// <param name="Path">Absolute path of the file or folder.</param>
public abstract record ReadyBase(string Path) : BasePlan
{
    /// <summary>The key of the spec under `base:`.</summary>
    public abstract string Key { get; }

    /// <summary>
    /// The Debian suite that the boot loader's files come from. Null: from the base itself, and when they are not in it, from the Debian
    /// release that its /etc/os-release names.
    /// </summary>
    public DebianBase? BootLoader { get; init; }
}

/// <summary>A tar archive, also compressed.</summary>
/// <param name="Path">Absolute path.</param>
public sealed record TarBase(string Path) : ReadyBase(Path)
{
    public override string Key => "tar";
}

/// <summary>A folder.</summary>
/// <param name="Path">Absolute path.</param>
public sealed record DirectoryBase(string Path) : ReadyBase(Path)
{
    public override string Key => "directory";
}

/// <summary>A container image: an OCI image layout, its tar, or an archive of `docker save`.</summary>
/// <param name="Path">Absolute path.</param>
public sealed record OciBase(string Path) : ReadyBase(Path)
{
    public override string Key => "oci";
}

/// <summary>What the spec's layers show together.</summary>
public sealed record LayersBase() : ReadyBase("the layers")
{
    public override string Key => "layers";
}
