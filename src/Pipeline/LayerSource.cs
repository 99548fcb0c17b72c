namespace ImageBuilder.Pipeline;

/// <summary>What a layer is made from.</summary>
public enum LayerSource
{
    /// <summary>A file is a tar; a folder is an upper when it holds overlayfs's marks.</summary>
    Auto,

    /// <summary>A folder whose files are the layer's: what looks like overlayfs's marks is content.</summary>
    Folder,

    /// <summary>The upper folder of an overlay mount.</summary>
    Upper,

    /// <summary>A tar archive, with whiteouts as containers have them.</summary>
    Tar,
}
