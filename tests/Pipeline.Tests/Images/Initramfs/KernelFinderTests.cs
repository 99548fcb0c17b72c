using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Images.Initramfs;

namespace ImageBuilder.Pipeline.Tests.Images.Initramfs;

public class KernelFinderTests
{
    [Fact]
    public void The_kernel_in_boot_is_found_with_its_version()
    {
        var kernel = KernelFinder.Find(new FakeKernel().Tree);
        Assert.Equal((FakeKernel.Version, "/boot/vmlinuz-" + FakeKernel.Version), (kernel.Version, kernel.Path));
        Assert.Equal("kernel"u8.ToArray(), kernel.File.Content.ToArray());
    }

    [Fact]
    public void The_kernel_beside_its_modules_is_found()
    {
        var tree = new Tree();
        tree.Put("/usr/lib/modules/6.17.1-300.fc43.x86_64/vmlinuz", Node.File("kernel"));
        Assert.Equal("6.17.1-300.fc43.x86_64", KernelFinder.Find(tree).Version);
    }

    [Fact]
    public void A_kernel_in_both_places_counts_once()
    {
        var tree = new FakeKernel().Tree;
        tree.Put($"/usr/lib/modules/{FakeKernel.Version}/vmlinuz", Node.File("kernel"));
        Assert.Single(KernelFinder.FindAll(tree));
    }

    [Fact]
    public void A_link_to_a_kernel_that_is_gone_is_no_kernel()
    {
        var tree = new Tree();
        tree.Put("/boot/vmlinuz-1", Node.Symlink("nothing"));
        Assert.Equal("IB5101", Assert.Throws<ImageException>(() => KernelFinder.Find(tree)).Id);
    }

    [Fact]
    public void Several_kernels_are_an_error_that_names_them()
    {
        var tree = new FakeKernel().Tree;
        tree.Put("/boot/vmlinuz-6.13.0", Node.File("other"));
        var error = Assert.Throws<ImageException>(() => KernelFinder.Find(tree));
        Assert.Equal("IB5102", error.Id);
        Assert.Contains($"{FakeKernel.Version}, 6.13.0", error.Message);
    }
}
