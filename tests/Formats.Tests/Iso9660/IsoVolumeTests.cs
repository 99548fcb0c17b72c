using System.Text;
using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Iso9660;

public class IsoFilesTests
{
    private static readonly string LongName = new('n', 240);

    [Fact]
    public void Files_of_our_own_images_are_found_by_their_Rock_Ridge_names()
    {
        var tree = new Tree();
        tree.Put("/boot/grub/grub.cfg", Node.File("menu"));
        tree.Put($"/Deep/{LongName}/file.with.dots", Node.File("deep"));
        var bytes = new MemoryStream();
        IsoImage.Layout(tree, new IsoOptions { VolumeId = "TEST", Time = DateTimeOffset.UnixEpoch }).Write(bytes);
        var files = IsoFiles.Open(Content.From(bytes.ToArray()));

        Assert.Equal("menu", Text(files.Find("/boot/grub/grub.cfg")));
        Assert.Equal("deep", Text(files.Find($"/Deep/{LongName}/file.with.dots")));
        Assert.Null(files.Find("/boot/grub"));
        Assert.Null(files.Find("/boot/grub/grub.cfg/x"));
        Assert.Null(files.Find("/BOOT/grub/grub.cfg"));
    }

    [ToolTheory("genisoimage")]
    [InlineData("-R", "/Folder/Some File.txt")]
    [InlineData("-quiet", "/folder/some_fil.txt")]
    public void Files_of_genisoimages_images_are_found_with_and_without_Rock_Ridge(string option, string path)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["in/Folder"]);
        File.WriteAllText(folder["in/Folder/Some File.txt"], "text");
        Tool.Run("genisoimage", option, "-o", folder["a.iso"], folder["in"]);

        Assert.Equal("text", Text(IsoFiles.Open(Content.From(File.ReadAllBytes(folder["a.iso"]))).Find(path)));
    }

    [Fact]
    public void What_is_no_ISO_image_or_a_cut_one_is_corrupt_and_says_where()
    {
        Assert.Equal("IB2450", Assert.Throws<ImageException>(() => IsoFiles.Open(Content.From(new byte[100]))).Id);
        Assert.Equal("IB2450", Assert.Throws<ImageException>(() => IsoFiles.Open(Content.From(new byte[100_000]))).Id);

        var tree = new Tree();
        tree.Put("/file", Node.File(new string('x', 10_000)));
        var bytes = new MemoryStream();
        IsoImage.Layout(tree, new IsoOptions { VolumeId = "TEST", Time = DateTimeOffset.UnixEpoch }).Write(bytes);
        var whole = bytes.ToArray();
        for (var length = 17 * 2048; length < whole.Length; length += 2048)
        {
            try
            {
                IsoFiles.Open(Content.From(whole.AsMemory(0, length))).Find("/file");
            }
            catch (ImageException error)
            {
                Assert.Equal(ImageErrorKind.Corrupt, error.Kind);
            }
        }
    }

    [Fact]
    public void Mutated_images_never_crash()
    {
        var tree = new Tree();
        tree.Put($"/a/{LongName}/b", Node.File("x"));
        var bytes = new MemoryStream();
        IsoImage.Layout(tree, new IsoOptions { VolumeId = "TEST", Time = DateTimeOffset.UnixEpoch }).Write(bytes);
        var random = new Random(1);
        for (var round = 0; round < 300; round++)
        {
            var mutated = bytes.ToArray();
            for (var i = 0; i < 20; i++)
                mutated[32768 + random.Next(40 * 2048)] = (byte)random.Next(256);
            try
            {
                IsoFiles.Open(Content.From(mutated)).Find($"/a/{LongName}/b")?.ToArray();
            }
            catch (ImageException error)
            {
                Assert.NotEqual(ImageErrorKind.Io, error.Kind);
            }
        }
    }

    private static string? Text(Content? content) => content is null ? null : Encoding.UTF8.GetString(content.ToArray());
}
