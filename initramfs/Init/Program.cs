using ImageBuilder.Init;
using ImageBuilder.Linux;
using Microsoft.Win32.SafeHandles;

// The runtime seeds its hash codes from /dev/urandom, and reading that before the kernel has gathered entropy waits for it (1.5 s were
// measured on an emulated machine). Now, while /dev is empty, it makes do with the time; nothing here needs secrets.
_ = HashCode.Combine(0);
_ = string.GetHashCode("", StringComparison.Ordinal);

// The same program is PID 1 at both ends: started by the kernel, and started again by the real init when everything is over.
var name = Path.GetFileName(Environment.GetCommandLineArgs()[0]);
if (Environment.ProcessId != 1 && args is [RootShell.Verb, var folder, var shell])
{
    RootShell.Become(folder, shell);
    return 127;
}
if (Environment.ProcessId != 1)
{
    // Not by Console, which brings terminal descriptions and encodings that nothing else here needs.
    using var error = new FileStream(new SafeFileHandle(2, ownsHandle: false), FileAccess.Write, bufferSize: 0);
    error.Write("init: this is the first program of an initramfs; it can only run as process 1\n"u8);
    return 2;
}
try
{
    if (name == "shutdown")
        Shutdown.Run(args);
    else
        new BootRun(new Boot(args, Machine.MicrosecondsSinceBoot)).Run();
}
catch (Exception failure)
{
    // The kernel panics when process 1 ends; a restart is better, and what went wrong stays on the screen for a while.
    Terminal.Write($"imagebuilder: {failure}\nRestart in 30 s\n");
    Thread.Sleep(TimeSpan.FromSeconds(30));
    Machine.Restart();
}
return 1;
