using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Tests;

public class LiveBootSetTests
{
    [Fact]
    public void A_menu_as_live_build_writes_it_gives_the_first_entry_with_its_variables_empty_as_GRUB_has_them()
    {
        var medium = new Tree();
        medium.Put("/live/vmlinuz-6.12", Node.File("kernel"));
        medium.Put("/live/initrd.img-6.12", Node.File("initramfs"));
        medium.Put("/boot/grub/grub.cfg", Node.File("""
            source /boot/grub/config.cfg

            # Live boot
            menuentry "Live system (amd64)" --hotkey=l {
            	linux	/live/vmlinuz-6.12 boot=live components quiet splash findiso=${iso_path} root=$root end
            	initrd	/live/initrd.img-6.12
            }
            menuentry "Live system (amd64 fail-safe mode)" {
            	linux	/live/vmlinuz-6.12 boot=live nosplash
            	initrd	/live/initrd.img-6.12
            }
            """));

        var set = LiveBootSet.Read(medium);

        Assert.Equal("boot=live components quiet splash findiso= root= end", set.CommandLine);
        Assert.Equal(("kernel", "initramfs"), (Text(set.Kernel), Text(set.Initramfs)));
    }

    [Fact]
    public void A_medium_without_a_menu_is_refused_with_a_way_out()
    {
        var error = Assert.Throws<ImageException>(() => LiveBootSet.Read(new Tree()));
        Assert.Equal("IB5020", error.Id);
        Assert.Contains("--firmware bios or uefi", error.Message, StringComparison.Ordinal);
    }

    private static string Text(Content content) => System.Text.Encoding.UTF8.GetString(content.ToArray());
}
