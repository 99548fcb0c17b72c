using System.Text;
using ImageBuilder.Update.Carry;

namespace ImageBuilder.Update.Tests.Carry;

public class RenumberingTests
{
    [Fact]
    public void Users_and_groups_that_have_another_number_are_told_and_new_and_removed_ones_are_not()
    {
        var before = (Bytes("root:x:0:0:root:/root:/bin/bash\nsshd:x:101:65534::/run/sshd:/usr/sbin/nologin\ngone:x:102:102::/:/bin/false\n"), Bytes("root:x:0:\nadm:x:4:\nssl:x:110:\n"));
        var after = (Bytes("root:x:0:0:Root:/root:/bin/sh\nnew:x:101:101::/:/bin/false\nsshd:x:103:65534::/run/sshd:/usr/sbin/nologin\n"), Bytes("root:x:0:\nssl:x:111:ada\nadm:x:4:ada\n"));

        Assert.Equal(["user sshd was 101 and is 103", "group ssl was 110 and is 111"], Renumbering.Between(before, after).Select(one => one.ToString()));
        Assert.Empty(Renumbering.Between(before, before));
        Assert.Empty(Renumbering.Between(before, ([], [])));
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
