using System.CommandLine;
using ImageBuilder.Cli.Rendering;
using ImageBuilder.Pipeline.Signing;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder keygen`.</summary>
internal static class KeygenCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "NAME.key, the secret key, and NAME.pub, the public one, are written" };
        var passwordFile = SharedOptions.PasswordFile();
        var noPassword = new Option<bool>("--no-password") { Description = "Protect the secret key by its permissions alone, for machines that sign" };
        var force = SharedOptions.Force();
        var command = new Command("keygen", "Make an Ed25519 key pair in minisign's format") { name, passwordFile, noPassword, force };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var password = parsed.GetValue(noPassword) ? null
                : parsed.GetValue(passwordFile) is { } file ? PasswordPrompt.FromFile(file) : PasswordPrompt.AskTwice(cancel);
            var (secret, @public, key) = KeyFiles.Generate(parsed.GetRequiredValue(name), password, parsed.GetValue(force));
            Console.WriteLine($"{secret}: keep it secret, and keep a copy: devices take nothing that it has not signed\n{@public}: key {key.Id}, {key.ToLine()}");
            return ExitCode.Done;
        }, CancellationToken.None));
        return command;
    }
}
