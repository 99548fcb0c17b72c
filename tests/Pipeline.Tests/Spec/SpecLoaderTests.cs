using System.Diagnostics;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Spec;

namespace ImageBuilder.Pipeline.Tests.Spec;

public sealed class SpecLoaderTests : IDisposable
{
    private const string Smallest = "schema: 1\nname: live\nbase: { debian: { suite: trixie } }\n";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_missing_file_a_folder_and_a_binary_file_are_each_named()
    {
        File.WriteAllBytes(_folder["binary.yaml"], [0x61, 0xFF, 0xFE, 0x00]);
        File.WriteAllText(_folder["large.yaml"], new string(' ', (1 << 20) + 1));
        Assert.Equal($"{_folder["none.yaml"]}:1:1: error IB1101: no such file; `imagebuilder init` writes one to start from", OnlyError(_folder["none.yaml"]).Render());
        Assert.Equal($"{_folder.Path}:1:1: error IB1101: this is a folder; name the spec file in it", OnlyError(_folder.Path).Render());
        Assert.Equal($"{_folder["binary.yaml"]}:1:1: error IB1108: the file is not UTF-8 text (byte 1)", OnlyError(_folder["binary.yaml"]).Render());
        Assert.Equal("/dev/zero:1:1: error IB1101: the file has more than 1048576 bytes, the most that are read", OnlyError("/dev/zero").Render());
        Assert.Equal($"{_folder["large.yaml"]}:1:1: error IB1101: the file has 1048577 bytes; 1048576 are the most", OnlyError(_folder["large.yaml"]).Render());
    }

    [ToolFact("mkfifo")]
    public void A_named_pipe_in_place_of_a_file_is_refused_and_not_waited_for()
    {
        Tool.Run("mkfifo", _folder["pipe"]);
        var error = Assert.Single(Load(Smallest + "files: [{ path: /etc/x, template: ./pipe }]\n").Diagnostics);
        Assert.Equal("IB1305", error.Id);
        Assert.Contains("is a named pipe; a file is needed", error.Message);
    }

    [Fact]
    public void A_list_of_tens_of_thousands_of_packages_is_checked_in_time()
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var error = Assert.Single(Load(Smallest + $"packages: [{string.Join(',', Enumerable.Range(0, 50_000).Select(i => $"p{i}"))}, p7]\n").Diagnostics);
        Assert.Equal("IB1211", error.Id);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 15);
    }

    [Fact]
    public void Messages_name_the_file_as_the_user_did()
    {
        File.WriteAllText(_folder["a.yaml"], "schema: 1\n");
        var path = Path.Combine(_folder.Path, ".", "a.yaml");
        Assert.StartsWith(path + ":1:1: error IB1202", SpecLoader.Load(path).Diagnostics[0].Render(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("out", "/etc")]
    [InlineData("folder/out", "/etc/passwd")]
    [InlineData("folder/above", "../../")]
    [InlineData("folder/twice", "first")]
    [InlineData("folder/first", "./../folder/../../")]
    public void A_symbolic_link_that_leads_out_of_the_folder_is_refused_with_where_it_leads(string link, string target)
    {
        Directory.CreateDirectory(_folder["folder"]);
        File.CreateSymbolicLink(_folder["folder/first"], "/etc/hostname");
        File.Delete(_folder[link]);
        File.CreateSymbolicLink(_folder[link], target);
        var error = Assert.Single(Load(Smallest + $"files: [{{ path: /etc/x, source: ./{link} }}]\n").Diagnostics);
        Assert.Equal("IB1306", error.Id);
        Assert.Contains($"the source './{link}' leads out of the spec's folder by a symbolic link, to '/", error.Render());
    }

    [Fact]
    public void A_symbolic_link_inside_the_folder_stands_for_what_it_leads_to()
    {
        Directory.CreateDirectory(_folder["folder/deep"]);
        File.WriteAllText(_folder["folder/deep/file"], "x");
        File.CreateSymbolicLink(_folder["short"], "folder/deep/../deep");
        File.CreateSymbolicLink(_folder["all"], ".");
        Assert.Equal(Path.Combine(_folder.Path, "folder/deep/file"), Assert.Single(Load(Smallest + "files: [{ path: /etc/x, source: all/short/file }]\n").Plan!.Files).Source);
    }

    [Fact]
    public void Symbolic_links_in_a_circle_are_an_error()
    {
        File.CreateSymbolicLink(_folder["a"], "b");
        File.CreateSymbolicLink(_folder["b"], "a");
        Assert.StartsWith("IB130", Assert.Single(Load(Smallest + "files: [{ path: /etc/x, source: ./a/x }]\n").Diagnostics).Id, StringComparison.Ordinal);
    }

    [Fact]
    public void Line_ends_of_Windows_and_a_byte_order_mark_change_nothing()
    {
        var unix = Load(Smallest + "hostname: a b\n");
        var windows = Load("\uFEFF" + (Smallest + "hostname: a b\n").ReplaceLineEndings("\r\n"));
        Assert.Equal(unix.Diagnostics.Select(d => d.Render()), windows.Diagnostics.Select(d => d.Render()));
        Assert.NotEmpty(unix.Diagnostics);
    }

    [Fact]
    public void Set_overrides_keys_and_variables_and_adds_new_ones()
    {
        var plan = Load(Smallest + "hostname: \"{{prefix}}-{{suffix}}\"\nvariables: { prefix: a }\n", ("prefix", "b"), ("suffix", "c"), ("version", "9"), ("name", "other")).Plan!;
        Assert.Equal(("b-c", "9", "other"), (plan.Hostname, plan.Version, plan.Name));
    }

    [Fact]
    public void A_wrong_value_from_the_command_line_is_an_error_of_the_command_line()
    {
        var error = Assert.Single(Load(Smallest, ("version", "a b")).Diagnostics);
        Assert.StartsWith("command line: error IB1206: 'version' is 'a b'", error.Render(), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_architecture_it_is_the_building_machines_own()
    {
        Assert.Equal("amd64", SpecLoader.Load(Smallest, "live.yaml", _folder.Path, new Dictionary<string, string>(), "amd64").Plan!.Architecture);
        var error = Assert.Single(SpecLoader.Load(Smallest, "live.yaml", _folder.Path, new Dictionary<string, string>(), "arm64").Diagnostics);
        Assert.Equal(SpecErrors.DefaultUnusable.Id, error.Id);
        Assert.NotNull(SpecLoader.Load(Smallest + "architecture: amd64\n", "live.yaml", _folder.Path, new Dictionary<string, string>(), "arm64").Plan);
    }

    [Fact]
    public void Versions_are_taken_as_written_not_as_numbers() => Assert.Equal("1.10", Load(Smallest + "version: 1.10\n").Plan!.Version);

    [Theory]
    [InlineData("0755", 0x1ED)]
    [InlineData("\"0755\"", 0x1ED)]
    [InlineData("755", 0x1ED)]
    [InlineData("0o755", 0x1ED)]
    [InlineData("\"4711\"", 0x9C9)]
    [InlineData("\"000\"", 0)]
    public void Modes_are_octal_however_they_are_written(string written, int bits) =>
        Assert.Equal(bits, Load(Smallest + $"files: [{{ path: /a, content: a, mode: {written} }}]\n").Plan!.Files[0].Mode!.Value);

    [Theory]
    [InlineData("1", 1L)]
    [InlineData("5K", 5L << 10)]
    [InlineData("200M", 200L << 20)]
    [InlineData("3G", 3L << 30)]
    [InlineData("999999999999T", long.MaxValue)]
    public void Sizes_count_in_powers_of_1024(string size, long bytes) => Assert.Equal(bytes, Load(Smallest + $"limits: {{ iso: {size} }}\n").Plan!.Limits.Iso);

    [Fact]
    public void The_error_at_a_variable_in_a_folded_block_points_at_the_variable()
    {
        var error = Assert.Single(Load(Smallest + "files:\n  - path: /a\n    content: >-\n      one\n      {{name}} two {{nme}}\n").Diagnostics);
        Assert.Equal(new SourceSpan(8, 20, 7), error.Span);
    }

    [Fact]
    public void The_shipped_specs_are_right_and_the_demo_is_under_25_lines()
    {
        foreach (var name in Templates.Names.Where(name => name.EndsWith(".yaml", StringComparison.Ordinal) && !name.Contains('/', StringComparison.Ordinal)))
            Assert.Equal("", string.Join('\n', SpecLoader.Load(Templates.ReadText(name), name, _folder.Path, new Dictionary<string, string>(), "amd64").Diagnostics.Select(d => d.Render())));
        Assert.True(Templates.ReadText("live.yaml").TrimEnd().Split('\n').Length < 25);
    }

    [Fact]
    public void The_commented_starter_and_the_demo_make_the_same_image()
    {
        var starter = Load(Templates.ReadText("starter-live.yaml")).Plan!;
        var demo = Load(Templates.ReadText("live.yaml")).Plan!;
        Assert.Equal(PlanHash.Of(demo), PlanHash.Of(starter));
    }

    [Fact]
    public void A_large_spec_is_checked_in_a_moment()
    {
        Load(Smallest);
        var large = Smallest + "packages:\n" + string.Concat(Enumerable.Range(0, 2000).Select(n => $"  - package-{n}\n")) +
            "files:\n" + string.Concat(Enumerable.Range(0, 2000).Select(n => $"  - {{ path: /etc/f{n}, content: \"{{{{name}}}} {n}\" }}\n"));
        var watch = Stopwatch.StartNew();
        Assert.NotNull(Load(large).Plan);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"took {watch.Elapsed}");
    }

    private SpecResult Load(string text, params (string Name, string Value)[] set)
    {
        File.WriteAllText(_folder["live.yaml"], text);
        return SpecLoader.Load(_folder["live.yaml"], set.ToDictionary(pair => pair.Name, pair => pair.Value), "amd64");
    }

    private static Diagnostic OnlyError(string path)
    {
        var result = SpecLoader.Load(path);
        Assert.Null(result.Plan);
        return Assert.Single(result.Diagnostics);
    }
}
