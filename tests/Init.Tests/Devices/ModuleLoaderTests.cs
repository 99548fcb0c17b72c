using System.Collections.Concurrent;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Modules;

namespace ImageBuilder.Init.Tests;

public class ModuleLoaderTests
{
    private const string Table = """
        module a a.ko b,c - -
        module b b.ko c - -
        module c c.ko - d -
        module d d.ko - - e
        module e e.ko - - -
        module other other.ko - - -
        builtin f
        alias pci:v1* a
        alias pci:v1d2 other
        """;

    private readonly ConcurrentQueue<string> loaded = new();
    private readonly ConcurrentDictionary<string, string> failures = new();

    [Fact]
    public async Task What_is_needed_comes_first_and_wishes_before_it()
    {
        Assert.True(await Loader().LoadAsync("a"));
        Assert.Equal(["d.ko", "c.ko", "b.ko", "a.ko"], loaded.Where(file => file != "e.ko"));
    }

    [Fact]
    public async Task A_wish_for_later_is_loaded_too()
    {
        var loader = Loader();
        await loader.LoadAsync("d");
        Assert.True(loader.Settle(TimeSpan.FromSeconds(30), out _));
        Assert.Equal(["d.ko", "e.ko"], loaded);
    }

    [Fact]
    public async Task A_module_is_loaded_once_however_often_it_is_asked_for()
    {
        var loader = Loader();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => loader.LoadAsync("a"))));
        Assert.Equal(loaded.Distinct().Count(), loaded.Count);
    }

    [Fact]
    public async Task A_module_whose_need_failed_is_not_tried()
    {
        Assert.False(await Loader(failing: "c.ko").LoadAsync("a"));
        Assert.DoesNotContain("a.ko", loaded);
        Assert.Contains("needs did not load", failures["a"]);
        Assert.Contains("broken", failures["c"]);
    }

    [Fact]
    public async Task A_wish_that_failed_does_not_matter() => Assert.True(await Loader(failing: "d.ko").LoadAsync("a"));

    [Fact]
    public async Task What_the_kernel_has_built_in_counts_as_loaded() => Assert.True(await Loader().LoadAsync("f"));

    [Fact]
    public async Task A_module_that_is_not_there_counts_as_not_loaded() => Assert.False(await Loader().LoadAsync("nothing"));

    [Fact]
    public async Task A_device_loads_all_that_match_except_what_is_blacklisted()
    {
        var loader = Loader(blacklist: ["other"]);
        Assert.Equal(["a", "other"], loader.LoadForDevice("pci:v1d2"));
        Assert.True(loader.Settle(TimeSpan.FromSeconds(30), out _));
        Assert.Contains("a.ko", loaded);
        Assert.DoesNotContain("other.ko", loaded);
        Assert.True(await loader.LoadAsync("other")); // by name, on purpose
    }

    [Fact]
    public async Task Modules_that_do_not_wait_for_each_other_load_side_by_side()
    {
        using var both = new Barrier(2);
        var loader = new ModuleLoader(ModuleTable.Parse(Table), (_, _) => Assert.True(both.SignalAndWait(TimeSpan.FromSeconds(30))), _ => "", new HashSet<string>(), (_, _) => { });
        Assert.All(await Task.WhenAll(loader.LoadAsync("e"), loader.LoadAsync("other")), Assert.True);
    }

    [Fact]
    public void A_module_that_takes_too_long_is_named()
    {
        using var never = new ManualResetEventSlim();
        var loader = new ModuleLoader(ModuleTable.Parse(Table), (_, _) => never.Wait(TimeSpan.FromSeconds(30)), _ => "", new HashSet<string>(), (_, _) => { });
        _ = loader.LoadAsync("other");
        Assert.False(loader.Settle(TimeSpan.FromMilliseconds(50), out var late));
        Assert.Equal(["other"], late);
        never.Set();
    }

    [Fact]
    public async Task After_stop_nothing_new_begins()
    {
        var loader = Loader();
        loader.Stop();
        Assert.False(await loader.LoadAsync("other"));
        Assert.Empty(loaded);
    }

    private ModuleLoader Loader(string failing = "", string[]? blacklist = null) => new(ModuleTable.Parse(Table),
        (file, _) =>
        {
            if (file == failing)
                throw new LinuxException("finit_module", file, Errno.EINVAL, "broken");
            loaded.Enqueue(file);
        },
        _ => "", (blacklist ?? []).ToHashSet(), (module, reason) => failures[module] = reason);
}
