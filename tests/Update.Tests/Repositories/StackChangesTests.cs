using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Update.Repositories;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Update.Tests.Repositories;

public class StackChangesTests
{
    private static readonly StackChanges Changes = new(Id('d'), [new StackStep([Id('c'), Id('e')], [new("/etc/ä", PathContent.File), new("/etc/c", PathContent.Gone)]),
        new StackStep([Id('b')], [new("/etc/c", PathContent.File), new("/etc/b", PathContent.Folder)]), new StackStep([Id('a')], [])]);

    [Fact]
    public void Its_bytes_are_canonical_and_read_back()
    {
        var bytes = Changes.ToBytes();
        Assert.StartsWith($$"""{"schema":1,"stack":"{{Id('d')}}","steps":[{"files":["/etc/\u00E4"],"folders":[],"from":["{{Id('c')}}","{{Id('e')}}"],"gone":["/etc/c"]},""", Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
        Assert.Equal(bytes, StackChanges.Parse(bytes).ToBytes());
    }

    [Fact]
    public void The_steps_from_a_stack_on_say_what_differs()
    {
        Assert.Equal(["/etc/c", "/etc/ä"], Changes.Since(Id('c'))!.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["/etc/c", "/etc/ä"], Changes.Since(Id('e'))!.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([new("/etc/b", PathContent.Folder), new("/etc/c", PathContent.Gone), new("/etc/ä", PathContent.File)], // as it is now, not in between
            Changes.Since(Id('a'))!.OrderBy(path => path.Key, StringComparer.Ordinal));
        Assert.Empty(Changes.Since(Id('d'))!);
        Assert.Null(Changes.Since(Id('f')));
    }

    [Fact]
    public void The_oldest_steps_make_room_for_the_newest()
    {
        ChangedPath[] Many(int count) => [.. Enumerable.Range(0, count).Select(number => new ChangedPath($"/usr/share/doc/package/{number:d60}", PathContent.File))];
        var tooMany = Changes with { Steps = [new StackStep([Id('c')], [new("/a", PathContent.File)]), new StackStep([Id('b')], Many(8000)), new StackStep([Id('a')], Many(8000))] };
        var fitting = tooMany.Fitting()!;
        Assert.Equal(2, fitting.Steps.Count);
        Assert.True(fitting.ToBytes().Length <= StackChanges.MaxLength);
        Assert.Same(Changes, Changes.Fitting());
        Assert.Null((Changes with { Steps = [new StackStep([Id('c')], Many(16000))] }).Fitting());
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"schema":2,"stack":"S","steps":[]}""")]
    [InlineData("""{"schema":1,"stack":"S"}""")]
    [InlineData("""{"schema":1,"stack":"S","steps":[{"files":[],"folders":[],"from":["x"],"gone":[]}]}""")]
    [InlineData("""{"schema":1,"stack":"S","steps":[{"files":[7],"folders":[],"from":[],"gone":[]}]}""")]
    [InlineData("""{"schema":1,"stack":"S","steps":[{"files":[null],"folders":[],"from":[],"gone":[]}]}""")]
    [InlineData("""{"schema":1,"stack":"S","steps":[{"files":[],"folders":[],"from":[]}]}""")]
    [InlineData("""{"schema":1, "stack":"S","steps":[]}""")]
    [InlineData("""{"schema":1,"stack":"S","steps":[{"files":["etc/motd"],"folders":[],"from":[],"gone":[]}]}""")]
    [InlineData("""{"schema":1,"stack":"S","steps":[{"files":["/etc/\u001B[2J"],"folders":[],"from":[],"gone":[]}]}""")]
    [InlineData("""{"more":1,"schema":1,"stack":"S","steps":[]}""")]
    public void Anything_else_is_refused(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text.Replace("\"S\"", $"\"{Id('a')}\"", StringComparison.Ordinal));
        Assert.Equal("IB6036", Assert.Throws<ImageException>(() => StackChanges.Parse(bytes)).Id);
    }

    [Fact]
    public void A_longer_one_than_devices_read_is_refused()
    {
        var bytes = (Changes with { Steps = [new StackStep([], [new(new string('x', StackChanges.MaxLength), PathContent.File)])] }).ToBytes();
        Assert.Contains("at most", Assert.Throws<ImageException>(() => StackChanges.Parse(bytes)).Message, StringComparison.Ordinal);
    }

    private static StackId Id(char digit) => StackId.Parse(new string(digit, 64));
}
