using ImageBuilder.Cli;

return await CommandLine.RunAsync(args);
