namespace ImageBuilder.Formats.Iso9660;

/// <summary>The views that a volume can offer of its files.</summary>
public enum IsoNameSpace
{
    /// <summary>ECMA-119's own short names.</summary>
    Plain,

    /// <summary>Joliet's UCS-2 names.</summary>
    Joliet,

    /// <summary>POSIX names, modes, owners, links and devices.</summary>
    RockRidge,
}
