using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

public sealed partial class SquashFsImage
{
    /// <summary>The first bytes of the image.</summary>
    public byte[] ReadStart(int length)
    {
        var bytes = new byte[length];
        image.Read(0, bytes);
        return bytes;
    }

    /// <summary>The files whose content lies in a stretch of the image, in the order in which it lies: of a fragment all, since it is read as a whole.</summary>
    /// <param name="offset">The first byte.</param>
    /// <param name="length">Number of bytes.</param>
    public IEnumerable<string> FilesIn(long offset, long length)
    {
        dataRuns ??= DataRuns();
        fragmentFiles ??= Survey.Inodes.Where(inode => inode.Kind == NodeKind.File && inode.Fragment != FileData.NoFragment)
            .OrderBy(inode => inode.FragmentOffset).GroupBy(inode => inode.Fragment).ToDictionary(files => files.Key, files => files.Select(inode => inode.Number).ToArray());
        var first = Array.FindIndex(dataRuns, run => run.End > offset);
        for (var index = first; index >= 0 && index < dataRuns.Length && dataRuns[index].Start < offset + length; index++)
        {
            if (dataRuns[index].Inode >= 0)
                yield return Survey.PathOf(inodes.Read(dataRuns[index].Inode).Number);
            else
                foreach (var number in fragmentFiles.GetValueOrDefault(dataRuns[index].Fragment, []))
                    yield return Survey.PathOf(number);
        }
    }
}
