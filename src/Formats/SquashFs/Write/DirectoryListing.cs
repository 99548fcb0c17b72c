using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>A directory's listing as it was written.</summary>
/// <param name="Start">Its first header in the directory table.</param>
/// <param name="Length">Bytes, uncompressed.</param>
/// <param name="Index">The first header in each further metadata block, for readers that look for a name.</param>
internal sealed record DirectoryListing(MetadataReference Start, uint Length, IReadOnlyList<DirectoryIndexEntry> Index);

/// <summary>A way into the middle of a listing.</summary>
/// <param name="ListingOffset">Uncompressed bytes from the listing's start to a directory header.</param>
/// <param name="Block">The metadata block in which the header begins: bytes from the table's start.</param>
/// <param name="FirstName">The first name behind the header.</param>
internal readonly record struct DirectoryIndexEntry(uint ListingOffset, uint Block, EntryName FirstName);
