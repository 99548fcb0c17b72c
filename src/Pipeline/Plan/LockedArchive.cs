namespace ImageBuilder.Pipeline.Plan;

/// <summary>An archive as it was when a lock was made; informational.</summary>
/// <param name="Name">Its place, as in apt's list names: "deb.debian.org_debian_dists_trixie".</param>
/// <param name="Date">The Date: of its Release file.</param>
/// <param name="Sha256">Digest of its Release file, lower-case hex.</param>
public sealed record LockedArchive(string Name, string Date, string Sha256);
