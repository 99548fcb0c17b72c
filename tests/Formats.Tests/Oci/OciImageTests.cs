using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Formats.Oci;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Oci;

public class OciImageTests
{
    private readonly Tree layout = new();

    [Fact]
    public void The_image_of_the_architecture_is_found_also_in_an_index_inside_the_index()
    {
        var inner = Index(Entry(Image("arm64", "a"), "arm64"), Entry(Image("amd64", "b"), "amd64"), Entry(Image("unknown", "c"), "unknown"));
        PutIndex(Index(Nested(inner)));
        Assert.Equal(("b", "a"), (Layer("amd64"), Layer("arm64")));
    }

    [Fact]
    public void Without_a_platform_the_configuration_tells_the_architecture()
    {
        PutIndex(Index(Entry(Image("arm64", "a"), null), Entry(Image("amd64", "b"), null)));
        Assert.Equal("b", Layer("amd64"));
    }

    [Fact]
    public void An_architecture_that_is_not_there_is_told_with_those_that_are()
    {
        PutIndex(Index(Entry(Image("arm64", "a"), "arm64"), Entry(Image("s390x", "b"), null)));
        AssertRefused("IB3053", "amd64; it has arm64, s390x");
    }

    [Fact]
    public void Of_several_images_none_is_guessed()
    {
        PutIndex(Index(Entry(Image("amd64", "a"), "amd64", "one"), Entry(Image("amd64", "b"), "amd64", "two")));
        AssertRefused("IB3054", "one, two");
    }

    [Fact]
    public void The_same_image_under_two_names_is_one()
    {
        var image = Image("amd64", "a");
        PutIndex(Index(Entry(image, "amd64", "one"), Entry(image, "amd64", "two")));
        Assert.Equal("a", Layer("amd64"));
    }

    [Fact]
    public void A_document_whose_digest_or_length_differs_is_refused()
    {
        var image = Image("amd64", "a");
        PutIndex(Index(Entry(image, "amd64")));
        var path = PathOf(image);
        layout.Put(path, Node.File(image.Replace("layers", "Layers", StringComparison.Ordinal)));
        AssertRefused("IB3051", "is damaged");
        layout.Put(path, Node.File(image + " "));
        AssertRefused("IB3052", "expected");
        layout.Remove(path);
        AssertRefused("IB3052", "is missing");
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("not JSON")]
    [InlineData("\"text\"")]
    [InlineData("{\"manifests\":[1,null,\"x\"]}")]
    [InlineData("{\"manifests\":[{\"digest\":\"sha256:../../etc/passwd\",\"size\":1}]}")]
    [InlineData("{\"manifests\":[{\"digest\":7,\"size\":\"x\"}]}")]
    [InlineData("{\"manifests\":[{\"digest\":\"\\ud800\",\"size\":1}]}")]
    public void An_index_that_is_none_is_an_error_and_no_crash(string index)
    {
        PutIndex(index);
        AssertRefused("IB3052", "");
    }

    [Fact]
    public void An_index_that_nests_without_end_is_refused()
    {
        var index = Index(Entry(Image("amd64", "a"), "amd64"));
        for (var i = 0; i < 6; i++)
            index = Index(Nested(index));
        PutIndex(index);
        AssertRefused("IB3050", "nested");
    }

    [Fact]
    public void Layers_without_their_place_in_the_configuration_are_refused()
    {
        PutIndex(Index(Entry(Image("amd64", "a", identities: 2), "amd64")));
        AssertRefused("IB3052", "1 layers, but its configuration describes 2");
    }

    [Fact]
    public void An_archive_of_docker_save_is_read_also_when_its_layers_are_links_to_one_another()
    {
        layout.Put("/abc.json", Node.File(Config("amd64", 2)));
        layout.Put("/1/layer.tar", Node.File("one"));
        layout.Put("/2/layer.tar", Node.Symlink("../1/layer.tar"));
        layout.Put("/manifest.json", Node.File("""[{"Config":"abc.json","RepoTags":["x:1"],"Layers":["1/layer.tar","2/layer.tar"]}]"""));
        Assert.Equal(["one", "one"], OciImage.Open(layout, "amd64").Layers.Select(layer => Encoding.UTF8.GetString(layer.Content.ToArray())));
        AssertRefused("IB3053", "arm64", "arm64");
    }

    [Fact]
    public void An_archive_of_several_images_names_them()
    {
        layout.Put("/manifest.json", Node.File("""[{"Config":"a","RepoTags":["x:1"],"Layers":[]},{"Config":"b","RepoTags":null,"Layers":[]}]"""));
        AssertRefused("IB3054", "<untagged>, x:1");
    }

    [Theory]
    [InlineData("""[{"Config":"\ud800","Layers":[]}]""")]
    [InlineData("""[{"RepoTags":["\udc00"]},{}]""")]
    [InlineData("""[{"RepoTags":[7]},{}]""")]
    public void Names_of_an_archive_that_are_no_text_are_an_error_and_no_crash(string manifest)
    {
        layout.Put("/manifest.json", Node.File(manifest));
        AssertRefused("IB3052", "a name is not text");
    }

    [Fact]
    public void Names_in_messages_hold_nothing_that_a_terminal_obeys()
    {
        layout.Put("/manifest.json", Node.File("""[{"RepoTags":["a\u001b[2J\nb\u202e"]},{}]"""));
        AssertRefused("IB3054", "a\\x1b[2J\\x0ab\\xe2\\x80\\xae");
        PutIndex("""{"manifests":[{"digest":"\u001b[31m","size":1}]}""");
        AssertRefused("IB3052", "'\\x1b[31m' is no digest");
    }

    [Fact]
    public void Neither_layout_nor_archive_is_said_so() => AssertRefused("IB3052", "neither index.json");

    private string Layer(string architecture) => Encoding.UTF8.GetString(Assert.Single(OciImage.Open(layout, architecture).Layers).Content.ToArray());

    private void AssertRefused(string id, string words, string architecture = "amd64")
    {
        var error = Assert.Throws<ImageException>(() => OciImage.Open(layout, architecture));
        Assert.Equal(id, error.Id);
        Assert.Contains(words, error.Message);
    }

    private void PutIndex(string index) => layout.Put("/index.json", Node.File(index));

    /// <summary>A manifest with one layer; its configuration and layer are blobs of the layout.</summary>
    private string Image(string architecture, string layer, int identities = 1)
    {
        var manifest = "{\"schemaVersion\":2,\"config\":{" + Blob(Config(architecture, identities)) + "},\"layers\":[{" + Blob(layer) + "}]}";
        Blob(manifest);
        return manifest;
    }

    private static string Config(string architecture, int identities) =>
        "{\"architecture\":\"" + architecture + "\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[" + string.Join(',', Enumerable.Repeat("\"sha256:0\"", identities)) + "]}}";

    private static string Index(params string[] entries) => $$"""{"schemaVersion":2,"manifests":[{{string.Join(',', entries)}}]}""";

    private string Entry(string manifest, string? architecture, string? name = null)
    {
        var platform = architecture is null ? "" : ",\"platform\":{\"os\":\"linux\",\"architecture\":\"" + architecture + "\"}";
        var annotations = name is null ? "" : ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"" + name + "\"}";
        return "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\"," + Blob(manifest) + platform + annotations + "}";
    }

    private string Nested(string index) => "{\"mediaType\":\"application/vnd.oci.image.index.v1+json\"," + Blob(index) + "}";

    /// <summary>Puts a blob into the layout and returns its descriptor's members.</summary>
    private string Blob(string text)
    {
        layout.Put(PathOf(text), Node.File(text));
        return $"\"digest\":\"sha256:{Hash(text)}\",\"size\":{Encoding.UTF8.GetByteCount(text)}";
    }

    private static string PathOf(string text) => "/blobs/sha256/" + Hash(text);

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
