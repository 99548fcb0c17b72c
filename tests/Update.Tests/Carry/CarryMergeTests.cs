using ImageBuilder.Update.Repositories;

namespace ImageBuilder.Update.Tests.Carry;

/// <summary>Every rule of the merge, with the kernel's overlayfs as the judge of what is seen.</summary>
public class CarryMergeTests
{
    private const string Both = "mkdir -p etc; cd etc; printf old > conf; chmod 640 conf";

    // What is in /etc before; what the person does there; what the new stack does; what is seen then; kept, the vendor's, conflicts.
    [RootTheory("mount", "setfattr", "getfattr")]
    [InlineData("", "printf new > conf", "conf=new", "")]
    [InlineData("printf mine > conf", "", "conf=mine", "kept /etc/conf")]
    [InlineData("printf mine > conf", "printf new > conf", "conf=mine conf.ib-new=new", "conflict /etc/conf /etc/conf.ib-new")]
    [InlineData("printf same > conf", "printf same > conf", "conf=same", "vendor /etc/conf")]
    [InlineData("rm conf", "", "", "kept /etc/conf")]
    [InlineData("rm conf", "printf new > conf", "conf.ib-new=new", "conflict /etc/conf /etc/conf.ib-new")]
    [InlineData("rm conf", "rm conf", "", "vendor /etc/conf")]
    [InlineData("", "rm conf", "", "")]
    [InlineData("printf mine > conf", "rm conf", "conf=mine", "conflict /etc/conf")]
    [InlineData("touch conf", "printf new > conf", "conf=new", "")]
    [InlineData("printf mine > added", "", "added=mine conf=old", "kept /etc/added")]
    [InlineData("printf mine > added", "printf new > added", "added=mine added.ib-new=new conf=old", "conflict /etc/added /etc/added.ib-new")]
    [InlineData("", "printf new > added", "added=new conf=old", "")]
    [InlineData("rm conf; mkdir conf; printf a > conf/a", "", "conf/a=a", "kept /etc/conf")]
    [InlineData("rm conf; mkdir conf; printf a > conf/a", "printf new > conf", "conf.ib-new=new conf/a=a", "conflict /etc/conf /etc/conf.ib-new")]
    [InlineData("rm conf; mkdir conf; printf a > conf/a", "rm conf; mkdir conf; printf b > conf/b", "conf/a=a conf/b=b", "kept /etc/conf/a")]
    [InlineData("rm conf; ln -s /usr/conf conf", "", "conf>/usr/conf", "kept /etc/conf")]
    [InlineData("printf mine > conf", "rm conf; ln -s /usr/conf conf", "conf=mine conf.ib-new>/usr/conf", "conflict /etc/conf /etc/conf.ib-new")]
    [InlineData("rm conf; ln -s a conf", "rm conf; ln -s b conf", "conf.ib-new>b conf>a", "conflict /etc/conf /etc/conf.ib-new")]
    [InlineData("printf mine > conf", "rm conf; mkdir conf; printf b > conf/b", "conf.ib-new/b=b conf=mine", "conflict /etc/conf /etc/conf.ib-new")]
    [InlineData("printf mine > conf; printf x > conf.ib-new", "printf new > conf", "conf=mine conf.ib-new=new", "conflict /etc/conf /etc/conf.ib-new")]
    [InlineData("printf x > ld.so.cache", "printf y > ld.so.cache", "conf=old ld.so.cache=y", "vendor /etc/ld.so.cache")]
    [InlineData("printf x > passwd-", "printf y > passwd-", "conf=old passwd-=x", "kept /etc/passwd-")]
    [InlineData("mknod null c 1 3", "", "conf=old", "kept /etc/null")]
    public void What_both_sides_do_to_a_file(string mine, string theirs, string seen, string said) => Check(Both, mine, theirs, seen, said);

    private const string Folder = "mkdir -p etc/d/e; cd etc/d; printf 1 > one; printf 2 > two; printf 3 > e/three";

    [RootTheory("mount", "setfattr", "getfattr")]
    [InlineData("printf x > d/one", "printf y > d/two", "d/e/three=3 d/one=x d/two=y", "kept /etc/d/one")]
    [InlineData("printf x > d/one", "rm -r d", "d/one=x", "conflict /etc/d/one")]
    [InlineData("rm -r d", "", "", "kept /etc/d")]
    [InlineData("rm -r d", "printf y > d/e/three", "d.ib-new/e/three=y d.ib-new/one=1 d.ib-new/two=2", "conflict /etc/d /etc/d.ib-new")]
    [InlineData("rm -r d; mkdir d; printf z > d/z", "printf n > d/new", "d/new=n d/z=z", "kept /etc/d/e; kept /etc/d/one; kept /etc/d/two; kept /etc/d/z")]
    [InlineData("rm -r d; printf z > d", "", "d=z", "kept /etc/d")]
    [InlineData("rm -r d; printf z > d", "printf n > d/one", "d.ib-new/e/three=3 d.ib-new/one=n d.ib-new/two=2 d=z", "conflict /etc/d /etc/d.ib-new")]
    [InlineData("printf x > d/one", "rm -r d; printf f > d", "d.ib-new=f d/e/three=3 d/one=x d/two=2", "conflict /etc/d /etc/d.ib-new")]
    [InlineData("", "rm -r d; printf f > d", "d=f", "")]
    [InlineData("mv d moved", "printf y > d/one", "d.ib-new/e/three=3 d.ib-new/one=y d.ib-new/two=2 moved/e/three=3 moved/one=1 moved/two=2", "kept /etc/moved; conflict /etc/d /etc/d.ib-new")]
    [InlineData("mv d/e d/f; printf x > d/f/more", "printf y > d/two", "d/f/more=x d/f/three=3 d/one=1 d/two=y", "kept /etc/d/e; kept /etc/d/f")]
    [InlineData("mkdir new; printf a > new/a", "mkdir new; printf b > new/b", "d/e/three=3 d/one=1 d/two=2 new/a=a new/b=b", "kept /etc/new/a")]
    [InlineData("printf a > conf; ln conf other", "", "conf=a d/e/three=3 d/one=1 d/two=2 other=a", "kept /etc/conf; kept /etc/other")]
    public void What_both_sides_do_to_folders(string mine, string theirs, string seen, string said) => Check(Folder, mine, theirs, seen, said);

    [RootTheory("mount", "setfattr", "getfattr")]
    [InlineData("chmod 600 d/one", "", "d/one 600 0:0", "kept /etc/d/one")]
    [InlineData("", "chmod 600 d/one", "d/one 600 0:0", "")]
    [InlineData("chown 7:8 d/one", "printf new > d/one", "d/one 644 7:8", "conflict /etc/d/one /etc/d/one.ib-new")]
    [InlineData("chmod 700 d", "printf new > d/one", "d 700 0:0", "kept /etc/d")]
    [InlineData("printf x > d/one", "chown 5:6 d; chmod 711 d", "d 711 5:6", "kept /etc/d/one")]
    [InlineData("chmod 700 d", "chmod 711 d", "d 700 0:0", "conflict /etc/d")]
    [InlineData("chmod 700 d", "rm -r d", "d 700 0:0", "conflict /etc/d")]
    [InlineData("chmod 4755 d/one; chown 3:4 d/two; chmod 2755 d/two", "", "d/two 2755 3:4", "kept /etc/d/one; kept /etc/d/two")]
    [InlineData("setfattr -n trusted.mark -v me d/one", "", "d/one 644 0:0", "kept /etc/d/one")]
    [InlineData("setfattr -n trusted.mark -v me d", "setfattr -n trusted.mark -v you d", "d 755 0:0", "conflict /etc/d")]
    public void Owners_permissions_and_attributes_are_changes_too(string mine, string theirs, string seen, string said)
    {
        using var bench = new CarryBench();
        bench.Prepare(Folder, $"cd etc; {mine}", $"cd etc; {theirs}");
        var report = bench.Merge();
        Assert.Equal(said, Said(report));
        Assert.Contains(seen, bench.Shell("view", "cd etc; find . -mindepth 1 -printf '%P %m %U:%G\\n'").Split('\n'));
        if (mine.StartsWith("setfattr", StringComparison.Ordinal))
            Assert.Equal("me", bench.Shell("view", $"getfattr --only-values -n trusted.mark etc/{mine.Split(' ')[^1]}"));
    }

    [RootFact("mount", "setfattr", "getfattr")]
    public void Outside_of_what_is_carried_everything_is_the_new_stacks()
    {
        using var bench = new CarryBench();
        bench.Prepare("mkdir -p etc opt/app/conf opt/app/bin; echo old > opt/app/conf/a; echo old > opt/app/bin/tool; echo 1 > usr",
            "echo mine > opt/app/conf/a; echo mine > opt/app/bin/tool; echo mine > usr; mkdir home; touch etc/x", "chmod 700 opt/app; echo new > opt/app/bin/tool");
        var report = bench.Merge("/opt/app/conf/", "/opt/app/conf/a");
        Assert.Equal("kept /opt/app/conf/a", Said(report));
        Assert.Equal("mine new 1 ", bench.Shell("view", "cat opt/app/conf/a opt/app/bin/tool usr").Replace('\n', ' '));
        Assert.Equal("700\n", bench.Shell("view", "stat -c %a opt/app"));
        Assert.False(Directory.Exists(bench["view/home"]) || File.Exists(bench["view/etc/x"]));
    }

    [RootFact("mount", "setfattr", "getfattr")]
    public void A_folder_above_that_the_new_stack_has_no_more_is_told()
    {
        using var bench = new CarryBench();
        bench.Prepare("mkdir -p opt/app; echo old > opt/app/a", "echo mine > opt/app/a", "rm -r opt; ln -s usr opt");
        Assert.Equal("conflict /opt/app", Said(bench.Merge("/opt/app")));
        Assert.Equal("\n", bench.Look("upper"));
    }

    [RootFact("mount", "setfattr", "getfattr")]
    public void Several_names_of_one_file_stay_one_file_and_times_stay()
    {
        using var bench = new CarryBench();
        bench.Prepare("mkdir etc", "echo a > etc/a; ln etc/a etc/b; touch -d @1000000 etc/a; mkdir etc/d; touch etc/d/x; touch -d @2000000 etc/d", "");
        bench.Merge();
        Assert.Equal("2 1000000\n2 1000000\n1 2000000\n", bench.Shell("view", "stat -c '%h %Y' etc/a etc/b; echo 1 $(stat -c %Y etc/d)"));
    }

    [RootFact("mount", "setfattr", "getfattr")]
    public void What_marks_an_overlay_inside_the_overlay_is_seen_as_it_was()
    {
        using var bench = new CarryBench();
        // As a container engine leaves it; a layer holds it escaped.
        bench.Prepare("mkdir -p etc/store/d; touch etc/store/d/f", "mkdir etc/store/d2; setfattr -n trusted.overlay.opaque -v y etc/store/d2; touch etc/store/d2/f", "touch etc/store/d/g");
        bench.Merge();
        Assert.Equal("y", bench.Shell("view", "getfattr --only-values -n trusted.overlay.opaque etc/store/d2"));
        Assert.Equal("d\nd2\n", bench.Shell("view", "ls etc/store"));
    }

    [RootFact("mount", "setfattr", "getfattr")]
    public void A_dry_run_tells_what_would_hide_something_new()
    {
        using var bench = new CarryBench();
        bench.Prepare("mkdir -p etc/x etc/y etc/z etc/kept usr/bin var/app; for f in etc/a etc/same etc/gone etc/touched etc/mode etc/passwd etc/x/f etc/y/f etc/z/f etc/kept/f usr/bin/tool; do echo old > $f; done",
            "echo mine | tee etc/a etc/same etc/own etc/passwd etc/kept/f > usr/bin/tool; rm etc/gone; touch -d @7 etc/touched; chmod 600 etc/mode; rm -r etc/x; echo mine > etc/x; mv etc/y etc/moved; echo mine > etc/z/g",
            "");
        string[] changed = ["/etc/a", "/etc/gone", "/etc/kept/f", "/etc/kept/new", "/etc/mode", "/etc/passwd", "/etc/touched", "/etc/x/f", "/etc/y/f", "/etc/z/f", "/usr/bin/tool", "/var/app/new"];
        var differing = changed.ToDictionary(path => path, _ => PathContent.File);
        // A fresh upper hides nothing of /usr; accounts are merged; a folder that both have merges, and a new time is no change.
        Assert.Equal(["/etc/a", "/etc/gone", "/etc/kept/f", "/etc/kept/new", "/etc/mode", "/etc/x", "/etc/y", "/var/app/new"], bench.Shadowed(differing, ["/etc"], "/var/app", "/etc/kept").Select(entry => entry.Path));
        Assert.Equal(["/etc/kept/f", "/etc/kept/new", "/var/app/new"], bench.Shadowed(differing, ["/etc"], "/var/app", "/etc/kept").Where(entry => entry.IsPersisted).Select(entry => entry.Path));
        Assert.Equal(["/usr/bin/tool"], bench.Shadowed(differing, ["/usr/"]).Select(entry => entry.Path));
        Assert.Empty(bench.Shadowed(new Dictionary<string, PathContent>(), ["/etc"], "/var/app"));
        // Something is in a folder that the new stack has made a file of.
        Assert.Equal(["/etc/z"], bench.Shadowed(new Dictionary<string, PathContent> { ["/etc/z"] = PathContent.File, ["/etc/z/f"] = PathContent.Gone }, ["/etc"]).Select(entry => entry.Path));
        Assert.Empty(bench.Shadowed(new Dictionary<string, PathContent> { ["/etc/z"] = PathContent.Folder }, ["/etc"]));
        Assert.Empty(bench.Shadowed(new Dictionary<string, PathContent> { ["/etc/z"] = PathContent.Gone, ["/etc/z/f"] = PathContent.Gone }, ["/etc"]));
    }

    private static void Check(string both, string mine, string theirs, string seen, string said)
    {
        using var bench = new CarryBench();
        bench.Prepare(both, $"cd etc; {mine}", $"cd etc; {theirs}");
        var report = bench.Merge();
        Assert.Equal(seen.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal), bench.Shell("view", "cd etc; find . -type f -printf '%P=' -exec cat {} \\; -printf '\\n' -o -type l -printf '%P>%l\\n'")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        Assert.Equal(said, Said(report));
    }

    private static string Said(ImageBuilder.Update.Carry.CarryReport report) => string.Join("; ", report.Kept.Select(path => $"kept {path}").Concat(report.Vendor.Select(path => $"vendor {path}"))
        .Concat(report.Conflicts.Select(conflict => $"conflict {conflict.Path} {conflict.Beside}".TrimEnd())));
}
