namespace ImageBuilder.Linux.Files;

/// <summary>
/// The files below one folder, with the operations that changes which survive a power cut are made of. Nothing is on the device before
/// <see cref="Sync"/> of the file (its content) and of its folder (its name), or <see cref="SyncAll"/>. Paths begin with '/', which is the
/// folder itself; links in them are not followed, and never lead out. Names that are not UTF-8 are kept as they are.
/// </summary>
public interface IFileTree
{
    /// <summary>Bytes that can still be written.</summary>
    long FreeBytes { get; }

    /// <summary>What is at a path; null when nothing is.</summary>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    FileEntry? Find(string path);

    /// <summary>The names in a folder, in ordinal order.</summary>
    /// <exception cref="IOException">It is no folder, or cannot be read.</exception>
    IReadOnlyList<string> List(string path);

    /// <summary>The first bytes of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">Bytes to read at most.</param>
    /// <param name="pastCache">Ask the device, not the kernel's memory.</param>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    byte[] Read(string path, int most, bool pastCache = false);

    /// <summary>A part of a file; less than the buffer takes only where the file ends.</summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">Where it begins; past the cache a multiple of 4096.</param>
    /// <param name="buffer">Filled; past the cache an <see cref="Blocks.AlignedBuffer"/>, so long that a multiple of 4096 bytes is read.</param>
    /// <param name="pastCache">Ask the device, not the kernel's memory.</param>
    /// <returns>Bytes that were read.</returns>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    int ReadAt(string path, long offset, Span<byte> buffer, bool pastCache = false);

    /// <summary>Whether two files hold the same bytes.</summary>
    /// <exception cref="IOException">One is not there, or cannot be read.</exception>
    bool HaveSameContent(string left, string right);

    /// <summary>The bytes of a symbolic link's target.</summary>
    /// <exception cref="IOException">It is none, or cannot be read.</exception>
    byte[] ReadLink(string path);

    /// <summary>Makes a folder.</summary>
    /// <exception cref="IOException">The name is taken, or the folder cannot be made.</exception>
    void MakeFolder(string path, int mode = 0b111_101_101);

    /// <summary>Puts bytes at the beginning of a file, which is made when it is not there, and stays as long as it was otherwise.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    void Write(string path, ReadOnlySpan<byte> bytes);

    /// <summary>Puts bytes at a place of a file that is there; what is before and behind stays.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    void WriteAt(string path, long offset, ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Copies one file of any kind with owner, mode, times and extended attributes; of a folder the folder alone. Content is shared where the
    /// file system can (reflink), and holes stay holes.
    /// </summary>
    /// <exception cref="IOException">It cannot be copied; the name is taken.</exception>
    void Copy(string from, string to);

    /// <summary>Gives a folder the metadata of another once more: what is put into it changes its times.</summary>
    /// <exception cref="IOException">The kernel's reason.</exception>
    void CopyMetadata(string from, string to);

    /// <summary>Gives a file one more name.</summary>
    /// <exception cref="IOException">The kernel's reason.</exception>
    void Link(string from, string to);

    /// <summary>Renames; what has the new name already is never replaced.</summary>
    /// <exception cref="IOException">The name is taken (EEXIST), or another reason.</exception>
    void Rename(string from, string to);

    /// <summary>Renames in one step; a file that has the new name already is gone then, for those who have not opened it.</summary>
    /// <exception cref="IOException">The kernel's reason.</exception>
    void Replace(string from, string to);

    /// <summary>Removes a file or an empty folder, also one that is protected from changes (chattr(1) +i).</summary>
    /// <exception cref="IOException">The kernel's reason.</exception>
    void Remove(string path);

    /// <summary>Makes overlayfs' mark for "deleted": a character device 0:0.</summary>
    /// <exception cref="IOException">The name is taken, or the kernel's reason.</exception>
    void MakeWhiteout(string path);

    /// <summary>The names of the extended attributes, in ordinal order.</summary>
    /// <exception cref="IOException">The kernel's reason.</exception>
    IReadOnlyList<string> AttributeNames(string path);

    /// <summary>An extended attribute; null when it is not there.</summary>
    /// <exception cref="IOException">The kernel's reason.</exception>
    byte[]? GetAttribute(string path, string name);

    /// <summary>Sets an extended attribute, or takes it away: null.</summary>
    /// <exception cref="IOException">The kernel's reason.</exception>
    void SetAttribute(string path, string name, byte[]? value);

    /// <summary>Counts what is put into a folder from now on for a project quota; false where the file system has none.</summary>
    /// <exception cref="IOException">The kernel's reason.</exception>
    bool SetProject(string path, uint project);

    /// <summary>Brings a file's content, or a folder's names, to the device: fsync(2).</summary>
    /// <exception cref="IOException">It did not get there.</exception>
    void Sync(string path);

    /// <summary>Brings everything to the device: syncfs(2).</summary>
    /// <exception cref="IOException">It did not get there.</exception>
    void SyncAll();
}
