using System.CommandLine;
using ImageBuilder.Pipeline.Spec;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder schema`.</summary>
internal static class SchemaCommand
{
    public static Command Create()
    {
        var command = new Command("schema", "Print the spec's JSON Schema, for editors");
        command.SetAction(_ =>
        {
            Console.Out.Write(JsonSchema.ToJson());
            return ExitCode.Done;
        });
        return command;
    }
}
