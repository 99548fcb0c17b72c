namespace ImageBuilder.Formats.SquashFs;

/// <summary>One block to be made: a block of a file, or a fragment.</summary>
internal readonly record struct BlockJob(FileData? File, int Block, Fragment? Fragment);
