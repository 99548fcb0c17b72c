using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Images.Disk;
using ImageBuilder.Update;

namespace ImageBuilder.Pipeline.Tests.Images;

public class DataTemplateTests
{
    [ToolFact("mke2fs", "e2fsck", "dumpe2fs", "unsquashfs")]
    public void An_empty_file_system_for_sticks_is_whole_the_same_every_time_and_small_in_a_layer()
    {
        using var folder = new TempFolder();
        var epoch = DateTimeOffset.FromUnixTimeSeconds(Samples.Time);
        byte[] Pack(string name)
        {
            Directory.CreateDirectory(folder[name]);
            var tree = new Tree();
            using var file = DataTemplate.AddTo(tree, folder[name], epoch, CancellationToken.None);
            using var image = new MemoryStream();
            SquashFsWriter.Write(tree, image, new SquashFsOptions { ModificationTime = (uint)Samples.Time });
            return image.ToArray();
        }
        var packed = Pack("one");
        Assert.Equal(packed, Pack("two"));
        Assert.InRange(packed.Length, 1000, 64 << 10);

        File.WriteAllBytes(folder["layer"], packed);
        Tool.Run("unsquashfs", "-q", "-n", "-d", folder["out"], folder["layer"]);
        var unpacked = folder["out"] + DevicePaths.DataTemplate;
        Assert.Equal(256L << 20, new FileInfo(unpacked).Length);
        Tool.Run("e2fsck", "-fn", unpacked);
        var facts = Tool.Run("dumpe2fs", "-h", unpacked);
        Assert.Contains("metadata_csum_seed", facts, StringComparison.Ordinal);
        Assert.Contains("project", facts, StringComparison.Ordinal);
    }
}
