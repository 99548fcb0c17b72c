using ImageBuilder.Init;
using ImageBuilder.Linux;

// The same program is PID 1 at both ends: started by the kernel, and started again by the real init when everything is over.
var name = Path.GetFileName(Environment.GetCommandLineArgs()[0]);
if (Environment.ProcessId != 1)
{
    Console.Error.WriteLine("init: this is the first program of an initramfs; it can only run as process 1");
    return 2;
}
if (name == "shutdown")
    Shutdown.Run(args);
else
    new BootRun(new Boot(args, Machine.MicrosecondsSinceBoot)).Run();
return 1;
