using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.CommandLines;

namespace ImageBuilder.Init.Tests.Disks;

public class DiskSearchTests
{
    private static readonly DeviceSelector Esp = DeviceSelector.Parse("PARTUUID=11111111-2222-8333-9444-555555555501");

    [Fact]
    public void Another_disk_with_the_same_identifier_is_a_twin_and_the_disk_itself_is_not() =>
        Assert.Equal(["/dev/sdb"], DiskSearch.Twins(Esp, "vda", [Part("vda2", Esp.Value), Part("sdb2", Esp.Value.ToUpperInvariant()), Part("sdb3", "other"), Part("sdc1", null)], DiskOf));

    [Fact]
    public void A_disk_that_got_identifiers_of_its_own_has_no_twins() =>
        Assert.Empty(DiskSearch.Twins(Esp, "vda", [Part("vda2", Esp.Value), Part("sdb2", "22222222-2222-4333-9444-555555555501")], DiskOf));

    private static BlockDevice Part(string name, string? uuid) => new(name, 1 << 20, null, uuid, null);

    private static string DiskOf(BlockDevice device) => device.Name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
}
