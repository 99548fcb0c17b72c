using ImageBuilder.Cli;

try
{
    return await CommandLine.RunAsync(args);
}
catch (Exception error) when (error is IOException or UnauthorizedAccessException)
{
    return ExitCode.Failed; // neither the output nor the error can be written: a full disk, a closed descriptor
}
