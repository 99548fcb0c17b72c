using System.Text;
using ImageBuilder.Qemu.Consoles;

namespace ImageBuilder.Qemu.Tests.Guests;

/// <summary>A console whose other end is a function from what was typed to what is answered.</summary>
internal sealed class FakeConsole(Func<string, string> answer) : IConsole
{
    public Transcript Transcript { get; } = new();

    public List<string> Typed { get; } = [];

    public void Say(string text) => Transcript.Append(Encoding.UTF8.GetBytes(text));

    public Task SendAsync(string text, CancellationToken cancellation = default)
    {
        Typed.Add(text);
        Say(answer(text));
        return Task.CompletedTask;
    }
}
