using System.Text;
using ImageBuilder.Update.Carry;

namespace ImageBuilder.Update.Tests.Carry;

/// <summary>Accounts are merged by entry: a changed password does not erase a new package's user.</summary>
public class AccountMergeTests
{
    private readonly Dictionary<uint, uint> movedGroups = [];

    [Fact]
    public void A_changed_password_and_a_new_packages_user_are_both_there()
    {
        var (text, said) = Merge("/etc/shadow", "root:!:1:0::::\ndaemon:*:1:0::::\n", "root:$y$mine:2:0::::\ndaemon:*:1:0::::\n", "root:!:1:0::::\ndaemon:*:1:0::::\nsshd:!:3::::::\n");
        Assert.Equal("root:$y$mine:2:0::::\ndaemon:*:1:0::::\nsshd:!:3::::::\n", text);
        Assert.Empty(said);
    }

    [Theory]
    [InlineData("a:x:1:1::/a:/sh\n", "a:x:1:1:Me:/a:/sh\n", "a:x:1:1::/b:/sh\n", "a:x:1:1:Me:/b:/sh\n", 0)] // by field
    [InlineData("a:x:1:1::/a:/sh\n", "a:x:1:1::/me:/sh\n", "a:x:1:1::/you:/sh\n", "a:x:1:1::/me:/sh\n", 1)]
    [InlineData("a:x:1:1::/a:/sh\nb:x:2:2::/:/\n", "b:x:2:2::/:/\n", "a:x:1:1::/a:/sh\nb:x:2:2::/:/\nc:x:3:3::/:/\n", "b:x:2:2::/:/\nc:x:3:3::/:/\n", 0)] // deleted here
    [InlineData("a:x:1:1::/a:/sh\n", "a:x:1:1::/a:/sh\nme:x:1000:1000::/:/\n", "", "me:x:1000:1000::/:/\n", 0)] // deleted by the stack
    [InlineData("a:x:1:1::/a:/sh\n", "a:x:1:1:Me:/a:/sh\n", "b:x:2:2::/:/\n", "b:x:2:2::/:/\na:x:1:1:Me:/a:/sh\n", 1)]
    [InlineData("", "m:x:1000:1000::/:/\n", "v:x:101:101::/:/\n", "v:x:101:101::/:/\nm:x:1000:1000::/:/\n", 0)]
    [InlineData("", "m:x:101:1000::/:/\n", "v:x:101:7::/:/\n", "v:x:999:7::/:/\nm:x:101:1000::/:/\n", 1)] // one number
    [InlineData("", "m:x:1000:7::/:/\n", "v:x:1000:7::/:/\n", "v:x:1001:7::/:/\nm:x:1000:7::/:/\n", 1)]
    [InlineData("r:x:0:0::/:/\nt:x:0:0::/:/\n", "r:x:0:0:R:/:/\nt:x:0:0::/:/\n", "r:x:0:0::/:/\nt:x:0:0:T:/:/\n", "r:x:0:0:R:/:/\nt:x:0:0:T:/:/\n", 0)] // meant so
    [InlineData("a:x:5:5::/:/\n", "a:x:5:5::/:/\nm:x:6:6::/:/\n", "a:x:6:5::/:/\n", "a:x:5:5::/:/\nm:x:6:6::/:/\n", 1)] // a number that changed, too
    public void Users(string before, string mine, string theirs, string merged, int said) => Check("/etc/passwd", before, mine, theirs, merged, said);

    [Theory]
    [InlineData("adm:x:4:a,b\n", "adm:x:4:a,b,me\n", "adm:x:4:b,you\n", "adm:x:4:b,you,me\n", 0)]
    [InlineData("adm:x:4:a\n", "adm:x:4:\n", "adm:x:4:a,you\n", "adm:x:4:you\n", 0)]
    [InlineData("", "m:x:101:\n", "v:x:101:\n", "v:x:999:\nm:x:101:\n", 1)]
    public void Groups(string before, string mine, string theirs, string merged, int said) => Check("/etc/group", before, mine, theirs, merged, said);

    [Theory]
    [InlineData("", "m:100000:65536\n", "v:100000:65536\n", "v:165536:65536\nm:100000:65536\n", 1)]
    [InlineData("", "m:100000:65536\n", "v:165536:65536\n", "v:165536:65536\nm:100000:65536\n", 0)]
    [InlineData("a:1:9\n", "a:1:9\na:20:9\n", "a:1:9\nv:100:9\n", "a:1:9\na:20:9\nv:100:9\n", 0)]
    public void Subordinate_numbers(string before, string mine, string theirs, string merged, int said) => Check("/etc/subuid", before, mine, theirs, merged, said);

    [Fact]
    public void A_user_follows_its_group_to_another_number()
    {
        Check("/etc/group", "", "m:x:101:\n", "v:x:101:\n", "v:x:999:\nm:x:101:\n", 1);
        Check("/etc/passwd", "", "m:x:1000:101::/:/\n", "v:x:102:101::/:/\n", "v:x:102:999::/:/\nm:x:1000:101::/:/\n", 0);
    }

    [Fact]
    public void A_password_goes_and_stays_with_its_user()
    {
        var (before, mine, theirs) = ("a:!:1\nb:!:1\n", "a:mine:1\nb:!:1\n", "c:!:1\n");
        Assert.Equal("c:!:1\na:mine:1\n", Merge("/etc/shadow", before, mine, theirs, "a:x:1:1::/:/\nc:x:3:3::/:/\n").Text);
        Assert.Equal("c:!:1\nb:!:1\n", Merge("/etc/shadow", before, mine, theirs, "b:x:2:2::/:/\nc:x:3:3::/:/\n").Text);
    }

    [RootFact("mount", "setfattr", "getfattr")]
    public void In_the_new_root_all_files_fit_together()
    {
        using var bench = new CarryBench();
        bench.Prepare("""
            mkdir etc; cd etc
            printf 'root:x:0:0:root:/root:/bin/sh\n' > passwd; printf 'root:x:0:\nsudo:x:27:\n' > group
            printf 'root:!:1::::::\n' > shadow; printf 'root:*::\nsudo:*::\n' > gshadow; chmod 640 shadow gshadow; chown 0:42 shadow gshadow
            """, """
            cd etc; echo 'ada:x:1000:1000::/home/ada:/bin/bash' >> passwd; printf 'root:x:0:\nsudo:x:27:ada\nada:x:1000:\nlocal:x:101:\n' > group
            printf 'root:$y$1:2::::::\nada:$y$2:2::::::\n' > shadow; printf 'root:*::\nsudo:*::ada\nada:!::\nlocal:!::\n' > gshadow; chmod 600 shadow
            """, """
            cd etc; echo 'svc:x:101:101::/:/sbin/nologin' >> passwd; echo 'svc:x:101:' >> group; echo 'svc:!:3::::::' >> shadow; echo 'svc:!::' >> gshadow; chmod 644 group
            """);
        var report = bench.Merge();
        Assert.Equal("root:x:0:0:root:/root:/bin/sh\nsvc:x:101:999::/:/sbin/nologin\nada:x:1000:1000::/home/ada:/bin/bash\n", bench.Shell("view", "cat etc/passwd"));
        Assert.Equal("root:x:0:\nsudo:x:27:ada\nsvc:x:999:\nada:x:1000:\nlocal:x:101:\n", bench.Shell("view", "cat etc/group"));
        Assert.Equal("root:$y$1:2::::::\nsvc:!:3::::::\nada:$y$2:2::::::\n", bench.Shell("view", "cat etc/shadow"));
        Assert.Equal("root:*::\nsudo:*::ada\nsvc:!::\nada:!::\nlocal:!::\n", bench.Shell("view", "cat etc/gshadow"));
        Assert.Equal("600 0:42\n640 0:42\n", bench.Shell("view", "stat -c '%a %u:%g' etc/shadow etc/gshadow"));
        Assert.Equal("/etc/group", Assert.Single(report.Conflicts).Path);
    }

    private void Check(string path, string before, string mine, string theirs, string merged, int said)
    {
        var (text, told) = Merge(path, before, mine, theirs);
        Assert.Equal(merged, text);
        Assert.Equal(said, told.Count);
    }

    private (string Text, IReadOnlyList<string> Said) Merge(string path, string before, string mine, string theirs, string? leader = null)
    {
        var merge = new AccountMerge(path, Parse(before), Parse(mine), Parse(theirs));
        var result = merge.Run(leader is null ? null : Parse(leader), movedGroups);
        return (Encoding.UTF8.GetString(result.ToBytes()), merge.Said);

        static AccountFile Parse(string text) => AccountFile.Parse(Encoding.UTF8.GetBytes(text));
    }
}
