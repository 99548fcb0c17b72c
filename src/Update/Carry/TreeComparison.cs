using ImageBuilder.Linux.Files;

namespace ImageBuilder.Update.Carry;

/// <summary>Whether what two paths show is the same: kind, permissions, owner, extended attributes, content, and so on below. Times are no difference.</summary>
internal sealed class TreeComparison(IFileTree files)
{
    /// <summary>Compares with everything below; nothing is the same as nothing.</summary>
    public bool Same(string left, string right)
    {
        if (files.Find(left) is not { } one || files.Find(right) is not { } other)
            return files.Find(left) is null && files.Find(right) is null;
        return SameFacts(left, one, right, other) && one.Kind switch
        {
            FileKind.Folder => SameBelow(left, right),
            FileKind.Regular => one.Length == other.Length && files.HaveSameContent(left, right),
            FileKind.Link => files.ReadLink(left).AsSpan().SequenceEqual(files.ReadLink(right)),
            _ => one.Device == other.Device,
        };
    }

    /// <summary>Compares kind, permissions, owner and extended attributes of what is there.</summary>
    public bool SameFacts(string left, FileEntry one, string right, FileEntry other)
    {
        if ((one.Kind, one.Mode, one.Uid, one.Gid) != (other.Kind, other.Mode, other.Uid, other.Gid))
            return false;
        var names = files.AttributeNames(left);
        if (!names.SequenceEqual(files.AttributeNames(right)))
            return false;
        foreach (var name in names)
            if (!files.GetAttribute(left, name).AsSpan().SequenceEqual(files.GetAttribute(right, name)))
                return false;
        return true;
    }

    private bool SameBelow(string left, string right)
    {
        var names = files.List(left);
        if (!names.SequenceEqual(files.List(right)))
            return false;
        foreach (var name in names)
            if (!Same($"{left}/{name}", $"{right}/{name}"))
                return false;
        return true;
    }
}
