using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ImageBuilder.Cli.Rendering;
using ImageBuilder.Formats;
using ImageBuilder.Pipeline;
using ImageBuilder.Pipeline.Repositories;
using ImageBuilder.Pipeline.Signing;
using ImageBuilder.Update.Channels;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder publish`: a build becomes an update.</summary>
internal static class PublishCommand
{
    private const int Day = 86_400;
    private const int MostDays = 3650;
    private const int MostKept = 1000;

    public static Command Create()
    {
        var source = new Argument<string?>("SRC") { Description = "A build's output folder with one disk image, or the disk image", Arity = ArgumentArity.ZeroOrOne };
        var repository = new Option<string>("--repository", "-r") { Description = "The repository's folder, an OCI image layout; made when it is missing", HelpName = "DIR", Required = true };
        var key = new Option<string[]>("--key", "-k") { Description = "A secret key to sign with (repeatable)", HelpName = "FILE", Required = true };
        var passwordFile = SharedOptions.PasswordFile();
        var channel = new Option<string>("--channel", "-c") { Description = "The channel that devices follow", DefaultValueFactory = _ => "stable" };
        var renew = new Option<bool>("--renew") { Description = "Without SRC: renew the channel document, the stack stays" };
        var rollout = new Option<int?>("--rollout") { Description = "The share of devices that install it, in percent", HelpName = "N", CustomParser = result => SharedOptions.Number(result, 0, 100) };
        var expires = new Option<int>("--expires") { Description = "Days after which devices install nothing from this document: 90d", HelpName = "DAYS", DefaultValueFactory = _ => 90, CustomParser = Days };
        var keep = new Option<int?>("--keep") { Description = "Earlier stacks to keep; blobs that no kept stack needs are deleted", HelpName = "N", CustomParser = result => SharedOptions.Number(result, 0, MostKept) };
        var rebase = new Option<bool>("--rebase") { Description = "Publish the full base instead of a patch" };
        var depth = new Option<int>("--max-depth") { Description = "Layers of a stack at most; with more, the full base is published", HelpName = "N", DefaultValueFactory = _ => 8, CustomParser = result => SharedOptions.Number(result, 1, 64) };
        var renumbered = new Option<bool>("--allow-renumbered") { Description = "Publish also when users or groups have other numbers than before" };
        var nextKey = new Option<string[]>("--next-key") { Description = "A public key that is trusted from now on, in place of all others (repeatable): FILE, or FILE@2027-06-30 to let it expire", HelpName = "FILE" };
        var threshold = new Option<int>("--threshold") { Description = "How many of the next keys must sign the document that names others", HelpName = "N", DefaultValueFactory = _ => 1, CustomParser = result => SharedOptions.Number(result, 1, ChannelDocument.MaxKeys) };
        var compression = PatchCommand.CompressionOption();
        var (jobs, progress) = (SharedOptions.Jobs(), SharedOptions.Progress());
        var command = new Command("publish", "Put a build into an update repository, as a patch where that is smaller, and sign it")
        {
            source, repository, key, passwordFile, channel, renew, rollout, expires, keep, rebase, depth, renumbered, nextKey, threshold, compression, jobs, progress,
        };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var path = parsed.GetValue(source);
            if (path is null != parsed.GetValue(renew))
                throw new ImageException(ImageErrorKind.Spec, "IB1910", path is null ? "nothing to publish: name a build's output folder or disk image, or say --renew" : $"--renew leaves the stack as it is, and {path} is to be published: say one of them");
            var next = parsed.GetValue(nextKey) is { Length: > 0 } files ? files.Select(NextKey).ToList() : null;
            using var keys = SigningKeys.Open(parsed.GetRequiredValue(key), parsed.GetValue(passwordFile), cancel);
            var options = new PublishOptions
            {
                Source = path,
                Repository = parsed.GetRequiredValue(repository),
                Channel = parsed.GetRequiredValue(channel),
                Rollout = parsed.GetValue(rollout),
                Lifetime = (long)parsed.GetValue(expires) * Day,
                Now = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
                Keep = parsed.GetValue(keep),
                Rebase = parsed.GetValue(rebase),
                MaxDepth = parsed.GetValue(depth),
                AllowRenumbered = parsed.GetValue(renumbered),
                NextKeys = next,
                Threshold = parsed.GetValue(threshold),
                Compression = PatchCommand.Compression(parsed.GetValue(compression)),
                Jobs = parsed.GetValue(jobs),
            };
            Print(Reporters.Run(progress.In(parsed), reporter => new PublishRun(options, keys.Keys, reporter).Run(cancel), cancel));
            return ExitCode.Done;
        }, CancellationToken.None));
        return command;
    }

    private static void Print(PublishResult result)
    {
        var document = result.Document;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"channel {document.Channel}: sequence {document.Sequence}, rollout {document.Rollout} %, until {UtcTime.Format(document.Expires)}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"stack {document.Stack}: {result.Layers} {(result.Layers == 1 ? "layer" : "layers")}; {result.Choice}"));
        if (result.Download > 0)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"devices download {ByteSize.Text(result.Download)}, {100.0 * result.Download / result.Full:0.0} % of the image's {ByteSize.Text(result.Full)}"));
        if (document.Keys is { } keys)
            Console.WriteLine($"trusted from now on: {string.Join(", ", keys.Select(next => next.Key.Id))}; {document.Threshold} must sign the next change");
        if (result.Collected > 0)
            Console.WriteLine($"{result.Collected} blobs that nothing needs any more were deleted, {ByteSize.Text(result.CollectedBytes)}");
    }

    /// <summary>FILE or FILE@DATE, the first second of that day.</summary>
    private static TrustedKey NextKey(string text)
    {
        var (file, expires) = text.LastIndexOf('@') is > 0 and var at && !File.Exists(text) ? (text[..at], text[(at + 1)..]) : (text, null);
        try
        {
            return new TrustedKey(KeyFiles.ReadPublic(file), expires is null ? null : UtcTime.Parse(expires.Length == 10 ? expires + "T00:00:00Z" : expires));
        }
        catch (FormatException error)
        {
            throw new ImageException(ImageErrorKind.Spec, "IB1911", $"--next-key {text}: {error.Message}", error);
        }
    }

    private static int Days(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (int.TryParse(text.EndsWith('d') ? text[..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is > 0 and <= MostDays)
            return days;
        result.AddError($"--expires {text}: expected days, 1d to {MostDays}d");
        return 1;
    }
}
