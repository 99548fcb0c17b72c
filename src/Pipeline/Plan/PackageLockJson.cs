using System.Text.Json.Serialization;

namespace ImageBuilder.Pipeline.Plan;

/// <summary>How a lock's entries are written, made when the program is compiled: it has no reflection at run time.</summary>
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(LockedArchive))]
[JsonSerializable(typeof(LockedPackage))]
internal sealed partial class PackageLockJson : JsonSerializerContext;
