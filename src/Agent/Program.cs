using ImageBuilder.Agent;
using ImageBuilder.Agent.Arguments;
using ImageBuilder.Linux;

return CommandLine.Run(args, new AgentConsole(Terminal.Write, Terminal.WriteError), () => Device.Open());
