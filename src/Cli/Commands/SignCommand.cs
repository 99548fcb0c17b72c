using System.CommandLine;
using ImageBuilder.Pipeline.Signing;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder sign`.</summary>
internal static class SignCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "What to sign; FILE.minisig is written beside it", Arity = ArgumentArity.OneOrMore };
        var key = new Option<string>("--key", "-k") { Description = "The secret key", Required = true };
        var passwordFile = SharedOptions.PasswordFile();
        var comment = new Option<string?>("--comment") { Description = "A line that is signed with the file; its name when not given" };
        var command = new Command("sign", "Sign files; `minisign -V` checks them too") { files, key, passwordFile, comment };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            using var keys = SigningKeys.Open([parsed.GetRequiredValue(key)], parsed.GetValue(passwordFile), cancel);
            foreach (var target in parsed.GetRequiredValue(files))
                Console.WriteLine(KeyFiles.Sign(target, keys.Keys[0], parsed.GetValue(comment)));
            return ExitCode.Done;
        }, CancellationToken.None));
        return command;
    }
}
