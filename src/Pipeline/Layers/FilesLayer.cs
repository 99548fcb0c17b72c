using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Update.Folders;

namespace ImageBuilder.Pipeline.Layers;

/// <summary>
/// `files:`: texts, files and whole folders put into the tree. Of the builder's files only names, bytes, symbolic links and the
/// executable bit are taken; owner, mode and time come from the plan.
/// </summary>
internal static class FilesLayer
{
    public static void Apply(BuildPlan plan, Tree tree, long time)
    {
        if (plan.Files.Count == 0)
            return;
        var accounts = new Accounts(tree);
        foreach (var file in plan.Files)
        {
            var (uid, gid) = accounts.User(file.Owner, file.Origin);
            if (file.Group is not null)
                gid = accounts.GroupId(file.Group, file.Origin);
            var node = file.Source is null ? Node.File(file.Content ?? "") : FolderScanner.Scan(file.Source);
            Dress(node);
            try
            {
                Place(tree, file.Path, node);
            }
            catch (ImageException error) when (error.Id == "IB2020")
            {
                throw new ImageException(ImageErrorKind.Spec, error.Id, $"{file.Origin}: {error.Message}", error);
            }

            void Dress(Node node)
            {
                (node.Uid, node.Gid, node.ModifiedTime) = (uid, gid, time);
                if (node.Kind == NodeKind.File)
                    node.Mode = file.Mode ?? ((node.Mode & UnixMode.Octal0100) != 0 ? UnixMode.Octal0755 : UnixMode.Octal0644);
                else if (node.IsDirectory)
                    node.Mode = UnixMode.Octal0755;
                node.Xattrs.Clear();
                foreach (var child in node.Children.Values)
                    Dress(child);
            }
        }
    }

    /// <summary>Every path that `files:` puts into the image, those in folders too.</summary>
    public static IReadOnlySet<string> Paths(BuildPlan plan) => plan.Files
        .SelectMany(file => Directory.Exists(file.Source)
            ? Directory.EnumerateFileSystemEntries(file.Source, "*", SearchOption.AllDirectories).Select(path => file.Path + path[file.Source.Length..]).Prepend(file.Path)
            : [file.Path])
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>A folder is merged into the directory that is there; anything else replaces what is there.</summary>
    private static void Place(Tree tree, string path, Node node)
    {
        if (!node.IsDirectory || tree.Resolve(path) is not { IsDirectory: true } existing)
        {
            if (!node.IsDirectory && tree.Find(path) is { IsDirectory: true })
                throw new ImageException(ImageErrorKind.Spec, "IB2020", $"{path} is a directory in the image; a file cannot take its place");
            tree.Put(path, node);
            return;
        }
        Merge(path, existing, node);

        // A link to a directory stays one: a folder with lib/ must not take the place of /lib -> usr/lib.
        void Merge(string at, Node into, Node from)
        {
            foreach (var (name, child) in from.Children)
                if (child.IsDirectory && tree.Resolve($"{at}/{name}") is { IsDirectory: true } there)
                    Merge($"{at}/{name}", there, child);
                else
                    into.Children[name] = child;
        }
    }
}
