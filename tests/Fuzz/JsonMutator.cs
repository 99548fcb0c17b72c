using System.Text.Json;
using System.Text.Json.Nodes;

namespace ImageBuilder.Fuzz.Tests;

/// <summary>Changes a JSON document so that it stays one: values, members, types, order.</summary>
internal static class JsonMutator
{
    private static readonly string[] Words = ["", "/", "..", "a", "\u0000", "sha256:", "tmpfs", "-1", new('x', 300), "\ud83d\ude00", "50%", "/../etc"];

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>A mutant.</summary>
    public static byte[] Mutate(byte[] bytes, Random random)
    {
        var root = JsonNode.Parse(bytes)!;
        for (var count = random.Next(1, 4); count > 0; count--)
            Change(root, random);
        var text = JsonSerializer.SerializeToUtf8Bytes(root, random.Next(8) == 0 ? Indented : JsonSerializerOptions.Default);
        return bytes[^1] == '\n' ? [.. text, (byte)'\n'] : text;
    }

    private static void Change(JsonNode root, Random random)
    {
        var places = Containers(root).ToList();
        switch (places[random.Next(places.Count)])
        {
            case JsonObject members when members.Count > 0:
                var name = members.ElementAt(random.Next(members.Count)).Key;
                if (random.Next(4) == 0)
                    members.Remove(name);
                else if (random.Next(6) == 0)
                    members[Words[random.Next(Words.Length)] + name] = Value(members[name], random);
                else
                    members[name] = Value(members[name], random);
                break;
            case JsonArray items when items.Count > 0 && random.Next(3) > 0:
                var index = random.Next(items.Count);
                if (random.Next(3) == 0)
                    items.RemoveAt(index);
                else
                    items[index] = Value(items[index], random);
                break;
            case JsonArray items:
                for (var count = 1 << random.Next(8); count > 0; count--)
                    items.Add(items.Count > 0 ? items[0]?.DeepClone() : JsonValue.Create(random.Next()));
                break;
        }
    }

    private static JsonNode? Value(JsonNode? old, Random random) => random.Next(10) switch
    {
        0 => null,
        1 => JsonValue.Create(random.NextInt64() - (long.MaxValue / 2)),
        2 => JsonValue.Create(random.Next(3) - 1),
        3 => JsonValue.Create(1e300),
        4 => JsonValue.Create(Words[random.Next(Words.Length)]),
        5 => new JsonArray(),
        6 => new JsonObject(),
        7 when old is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 => JsonValue.Create(text[..random.Next(text.Length)] + Words[random.Next(Words.Length)]),
        _ => old?.DeepClone(),
    };

    private static IEnumerable<JsonNode> Containers(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => Containers(member.Value)).Append(members),
        JsonArray items => items.SelectMany(Containers).Append(items),
        _ => [],
    };
}
