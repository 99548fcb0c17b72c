using System.Text;
using ImageBuilder.Linux;

namespace ImageBuilder.Init;

/// <summary>Where this program speaks: the kernel's log for every step, all consoles for what a person has to see.</summary>
internal sealed class BootLog : IDisposable
{
    private const string RateLimit = "/proc/sys/kernel/printk_devkmsg";
    private const string Prefix = "imagebuilder: ";
    private KernelLog? kernel;
    private string? rateLimit;
    private List<FileStream> consoles = [];

    /// <summary>Debug lines are logged only when this is on.</summary>
    public bool Verbose { get; set; }

    /// <summary>To be called when /dev, /proc and /sys are there.</summary>
    public void Open()
    {
        kernel = KernelLog.TryOpen();
        consoles = [.. Terminal.ActiveConsoles().Select(name => Terminal.TryOpenForWriting($"/dev/{name}")).OfType<FileStream>()];
        // The kernel takes ten lines in five seconds from user space, then drops them.
        rateLimit = KernelFile.TryRead(RateLimit);
        KernelFile.TryWrite(RateLimit, "on\n"); // refused without the line feed
    }

    public void Info(string line) => kernel?.Write(KernelLog.Level.Info, Prefix + line);

    public void Warning(string line) => kernel?.Write(KernelLog.Level.Warning, Prefix + line);

    public void Debug(string line)
    {
        if (Verbose)
            Info(line);
    }

    /// <summary>Text on every console, at any log level. The kernel's log gets it too, at a level that it does not show.</summary>
    public void Show(string text)
    {
        foreach (var line in text.Split('\n'))
            kernel?.Write(KernelLog.Level.Debug, Prefix + line);
        ShowOnly(text.Replace("\n", "\r\n") + "\r\n");
    }

    /// <summary>Text on every console, as it is, and nowhere else.</summary>
    public void ShowOnly(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        foreach (var console in consoles)
        {
            try
            {
                console.Write(bytes);
            }
            catch (IOException)
            {
                // A console that went away must not stop the boot.
            }
        }
    }

    /// <summary>Gives the kernel its rate limit back.</summary>
    public void Dispose()
    {
        if (rateLimit is not null)
            KernelFile.TryWrite(RateLimit, rateLimit + "\n");
        kernel?.Dispose();
        kernel = null;
        foreach (var console in consoles)
            console.Dispose();
        consoles = [];
    }
}
