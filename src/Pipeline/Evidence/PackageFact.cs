using ImageBuilder.Pipeline.Inspection;

namespace ImageBuilder.Pipeline.Evidence;

/// <summary>A Debian package in an image.</summary>
/// <param name="Package">As dpkg, or the .deb itself, describes it.</param>
/// <param name="Sha256">Digest of its .deb as the archive's signed lists have it, lower-case hex; null when it came from no archive.</param>
/// <param name="License">SPDX expression that its copyright file declares; null when that takes a person to say.</param>
internal sealed record PackageFact(DpkgPackage Package, string? Sha256, string? License);
