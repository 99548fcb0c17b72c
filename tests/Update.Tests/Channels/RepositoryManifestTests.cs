using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Update.Repositories;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Update.Tests.Channels;

public class RepositoryManifestTests
{
    private static readonly RepositoryManifest Sample = new(
    [
        new(BlobRole.Channel, Blob(1)), new(BlobRole.Signature, Blob(2), Blob(1).Sha256), new(BlobRole.Keys, Blob(3)), new(BlobRole.Stack, Blob(4)),
        new(BlobRole.Layer, Blob(5)), new(BlobRole.Boot, Blob(6)),
    ]);

    [Fact]
    public void A_manifest_comes_back_from_its_bytes()
    {
        var again = RepositoryManifest.Parse(Sample.ToBytes());
        Assert.Equal(Sample.Blobs, again.Blobs);
        Assert.Equal(Blob(2), Assert.Single(again.SignaturesOf(Blob(1))).Blob);
        Assert.Equal(Sample.ToBytes(), again.ToBytes());
    }

    [Fact]
    public void A_role_of_a_later_version_is_left_out() =>
        Assert.DoesNotContain(RepositoryManifest.Parse(Replaced("\"boot\"", "\"delta\"")).Blobs, blob => blob.Blob == Blob(6));

    [Theory]
    [InlineData("\"schemaVersion\":2", "\"schemaVersion\":1")]
    [InlineData("vnd.imagebuilder.channel.v1\"", "vnd.other.v1\"")]
    [InlineData("\"keys\"", "\"channel\"")]
    [InlineData("\"channel\"", "\"keys\"")]
    [InlineData("vnd.imagebuilder.boot.v1.fat", "octet-stream")]
    [InlineData("sha256:0505", "sha512:0505")]
    [InlineData("sha256:0505", "sha256:0XY5")]
    [InlineData("\"org.imagebuilder.signs\"", "\"org.imagebuilder.sings\"")]
    [InlineData("\"size\":5", "\"size\":0")]
    [InlineData("\"size\":5", "\"size\":-5")]
    [InlineData("0505050505050505050505050505050505050505050505050505050505050505", "0606060606060606060606060606060606060606060606060606060606060606")]
    public void What_is_no_manifest_of_a_channel_is_refused(string what, string instead) =>
        Assert.Equal("IB6045", Assert.Throws<ImageException>(() => RepositoryManifest.Parse(Replaced(what, instead))).Id);

    [Fact]
    public void Ten_thousand_damaged_manifests_are_refused_or_read() =>
        Mutations.Survive<ImageException>(Sample.ToBytes(), 10_000, 2, 8 << 20, bytes => RepositoryManifest.Parse(bytes));

    [Fact]
    public void The_channel_is_found_in_an_index_and_only_once()
    {
        var index = $$"""{"manifests":[{{Entry(1, "beta")}},{"digest":"sha256:00","size":1},{{Entry(2, "stable")}}],"schemaVersion":2}""";
        Assert.Equal(Blob(2), RepositoryManifest.FindInIndex(Encoding.UTF8.GetBytes(index), "stable"));
        Assert.Null(RepositoryManifest.FindInIndex(Encoding.UTF8.GetBytes(index), "none"));
        foreach (var wrong in (string[])["", "{}", "[]", """{"manifests":[1]}""", """{"manifests":{}}""", $$"""{"manifests":[{{Entry(1, "stable")}},{{Entry(2, "stable")}}]}"""])
            Assert.Equal("IB6046", Assert.Throws<ImageException>(() => RepositoryManifest.FindInIndex(Encoding.UTF8.GetBytes(wrong), "stable")).Id);
        Mutations.Survive<ImageException>(Encoding.UTF8.GetBytes(index), 5000, 3, 8 << 20, bytes => RepositoryManifest.FindInIndex(bytes, "stable"));
    }

    private static string Entry(byte value, string name) =>
        $$$"""{"annotations":{"org.opencontainers.image.ref.name":"{{{name}}}"},"digest":"sha256:{{{Blob(value).Sha256}}}","mediaType":"application/vnd.oci.image.manifest.v1+json","size":{{{value}}}}""";

    private static byte[] Replaced(string what, string instead)
    {
        var text = Encoding.UTF8.GetString(Sample.ToBytes());
        Assert.Contains(what, text, StringComparison.Ordinal);
        return Encoding.UTF8.GetBytes(text.Replace(what, instead, StringComparison.Ordinal));
    }

    private static StackBlob Blob(byte value) => new(Convert.ToHexStringLower(Enumerable.Repeat(value, 32).ToArray()), value);
}
