using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Formats.Oci;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Fuzz.Tests.Readers;

/// <summary>OCI image layouts and docker archives. An input is the documents, one a line; each names the next by a digest that is always right.</summary>
internal static class OciTarget
{
    private const string DigestMark = "sha256:@", LengthMark = "987654321";
    private static readonly string LayerDigest = "sha256:" + new string('a', 64);

    private static readonly string Index = $$$"""{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{{{DigestMark}}}","size":{{{LengthMark}}},"platform":{"os":"linux","architecture":"amd64"},"annotations":{"org.opencontainers.image.ref.name":"a"}}]}""";
    private static readonly string Manifest = $$$"""{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{{{DigestMark}}}","size":{{{LengthMark}}}},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"{{{LayerDigest}}}","size":5}]}""";
    private static readonly string Config = $$$"""{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["{{{LayerDigest}}}"]}}""";
    private static readonly string Docker = """[{"Config":"config.json","RepoTags":["a:b"],"Layers":["layer.tar"]}]""";

    public static FuzzTarget Target { get; } = new()
    {
        Name = "oci",
        Seeds = () => [Lines(Index, Manifest, Config), Lines(Index.Replace("oci.image.manifest", "oci.image.index", StringComparison.Ordinal), Index, Manifest, Config), Lines(Docker, Config)],
        Mutate = (bytes, random) =>
        {
            var documents = Encoding.UTF8.GetString(bytes).Split('\n');
            var index = random.Next(documents.Length);
            var text = Encoding.UTF8.GetBytes(documents[index]);
            text = random.Next(12) == 0 ? ByteMutator.Mutate(text, random, 0) : JsonMutator.Mutate(text, random);
            documents[index] = Encoding.UTF8.GetString(text).ReplaceLineEndings(" ");
            return Lines(documents);
        },
        FirstCheck = [],
        Sources = ["Formats/Oci/OciImage.cs", "Formats/Oci/OciBlob.cs"],
        Read = bytes => OciImage.Open(Layout(Encoding.UTF8.GetString(bytes).Split('\n')), "amd64"),
    };

    private static byte[] Lines(params string[] documents) => Encoding.UTF8.GetBytes(string.Join('\n', documents));

    private static Tree Layout(string[] documents)
    {
        var tree = new Tree();
        var isDocker = documents.Length == 2;
        if (isDocker)
        {
            tree.Put("/config.json", Node.File(documents[1]));
            tree.Put("/layer.tar", Node.File("layer"));
            tree.Put("/manifest.json", Node.File(documents[0]));
            return tree;
        }
        tree.Put("/blobs/sha256/" + new string('a', 64), Node.File("layer"));
        var below = "";
        for (var i = documents.Length - 1; i >= 0; i--)
        {
            var bytes = Encoding.UTF8.GetBytes(below);
            var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
            var text = documents[i].Replace(DigestMark, "sha256:" + digest, StringComparison.Ordinal).Replace(LengthMark, bytes.Length.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
            if (i < documents.Length - 1)
                tree.Put("/blobs/sha256/" + digest, Node.File(below));
            below = text;
        }
        tree.Put("/index.json", Node.File(below));
        return tree;
    }
}
