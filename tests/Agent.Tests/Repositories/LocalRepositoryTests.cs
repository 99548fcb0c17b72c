using ImageBuilder.Agent.Repositories;
using ImageBuilder.Formats;

namespace ImageBuilder.Agent.Tests.Repositories;

/// <summary>Repositories on a stick: a folder, and a tar of one.</summary>
public sealed class LocalRepositoryTests : IDisposable
{
    private readonly LayoutFixture layout = new();
    private readonly TempFolder folder = new();

    public void Dispose()
    {
        layout.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_folder_gives_manifest_and_blobs() => GivesAll(layout.Path);

    [ToolTheory("tar")]
    [InlineData("gnu")]
    [InlineData("pax")]
    [InlineData("ustar")]
    public void A_tar_gives_manifest_and_blobs(string format)
    {
        Tool.Run("tar", "-C", layout.Path, $"--format={format}", "-cf", folder["update.tar"], ".");
        GivesAll(folder["update.tar"]);
    }

    [ToolFact("tar")]
    public void An_archive_that_is_no_layout_is_refused()
    {
        Tool.Run("tar", "-C", layout.Path, "-czf", folder["update.tar"], ".");
        Assert.Equal("IB2305", Assert.Throws<ImageException>(() => Repository.Open(folder["update.tar"], LayoutFixture.Options())).Id);
        Tool.Run("tar", "-C", layout.Path, "-cf", folder["update.tar"], "blobs");
        using var repository = Repository.Open(folder["update.tar"], LayoutFixture.Options());
        Assert.Equal("IB6121", Assert.Throws<ImageException>(() => repository.ReadManifest(LayoutFixture.Channel, default)).Id);
    }

    [Fact]
    public void What_is_not_there_is_said_to_be()
    {
        Assert.Contains("is not there", Assert.Throws<ImageException>(() => Repository.Open(folder["nothing"], LayoutFixture.Options())).Message);
        using var repository = Repository.Open(layout.Path, LayoutFixture.Options());
        File.Delete(layout[layout.BlobPath]);
        Assert.Equal("IB6122", Assert.Throws<ImageException>(() => layout.Read(repository)).Id);
        File.Delete(layout["index.json"]);
        Assert.Contains("is no repository: it has no index.json", Assert.Throws<ImageException>(() => repository.ReadManifest(LayoutFixture.Channel, default)).Message);
    }

    [ToolFact("mkfifo")]
    public void A_pipe_in_the_place_of_a_blob_is_not_waited_for()
    {
        File.Delete(layout[layout.BlobPath]);
        Tool.Run("mkfifo", layout[layout.BlobPath]);
        using var repository = Repository.Open(layout.Path, LayoutFixture.Options());
        Assert.Equal("IB6122", Assert.Throws<ImageException>(() => layout.Read(repository)).Id);
    }

    private void GivesAll(string path)
    {
        using var repository = Repository.Open(path, LayoutFixture.Options());
        Assert.Equal(path, repository.Name);
        Assert.Equal(layout.Manifest, repository.ReadManifest(LayoutFixture.Channel, default));
        Assert.Equal(layout.Content, layout.Read(repository));
        Assert.Equal(layout.Content[123_456..], layout.Read(repository, 123_456));
        Assert.Equal("IB6121", Assert.Throws<ImageException>(() => repository.ReadManifest("beta", default)).Id);
        Assert.Equal("IB6122", Assert.Throws<ImageException>(() => repository.OpenBlob(new string('a', 64), 0, default)).Id);
    }
}
