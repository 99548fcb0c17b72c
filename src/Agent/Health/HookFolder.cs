using ImageBuilder.Linux;

namespace ImageBuilder.Agent.Health;

/// <summary>Programs in a folder that are run one after another in the order of their names: health checks, migration hooks.</summary>
/// <param name="device">The running system.</param>
/// <param name="folder">The folder, an absolute path in its root.</param>
/// <param name="what">What such a program is called in messages.</param>
internal sealed class HookFolder(Device device, string folder, string what)
{
    private const int MaxOutput = 32 << 10;

    /// <summary>Those that can be executed, by the order of their names; hidden ones and backups of editors are none.</summary>
    public IReadOnlyList<string> Programs { get; } = Find($"{device.Root.TrimEnd('/')}{folder}");

    /// <summary>Runs them all; the first that fails is the last.</summary>
    /// <param name="limitOf">How long a program may take, asked before it starts.</param>
    /// <param name="variables">Added to the environment, NAME=VALUE.</param>
    /// <param name="said">Told of each program that ran: its name, how it ended, its output.</param>
    /// <exception cref="UnhealthyException">One failed, or took too long.</exception>
    public void Run(Func<TimeSpan> limitOf, IReadOnlyList<string> variables, Action<string, string, string> said)
    {
        string[] environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8", .. variables];
        foreach (var program in Programs)
        {
            var (name, limit) = (Path.GetFileName(program), limitOf());
            ProgramResult result;
            try
            {
                result = Process.Run(program, [program], environment, limit, MaxOutput);
            }
            catch (LinuxException error)
            {
                throw new UnhealthyException($"{what} {name} cannot be run: {error.Message}");
            }
            var end = result.ExitCode switch { 0 => "is content", null => $"took longer than {Math.Max(0, limit.TotalSeconds):0} s", var code => $"ended with exit code {code}" };
            said(name, end, result.Text);
            if (result.ExitCode != 0)
                throw new UnhealthyException($"{what} {name} {end}", result.Text);
        }
    }

    private static string[] Find(string folder) => !Directory.Exists(folder) ? []
        : [.. Directory.EnumerateFiles(folder).Where(file => Path.GetFileName(file) is var name && name[0] != '.' && name[^1] != '~' && Process.IsExecutable(file)).Order(StringComparer.Ordinal)];
}
