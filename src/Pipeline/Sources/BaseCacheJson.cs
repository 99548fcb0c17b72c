using System.Text.Json.Serialization;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>How the description beside a kept base is written, made when the program is compiled: it has no reflection at run time.</summary>
[JsonSerializable(typeof(SortedDictionary<string, string>))]
internal sealed partial class BaseCacheJson : JsonSerializerContext;
