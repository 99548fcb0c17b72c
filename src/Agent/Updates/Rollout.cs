using System.Buffers.Binary;
using System.Text;
using ImageBuilder.Linux;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Agent.Updates;

/// <summary>Which devices a stack is rolled out to first: each has a number for each stack, the same whenever it asks, and another stack begins with other devices.</summary>
internal static class Rollout
{
    /// <summary>The device's number, 0 to 99: it takes the stack when more percent than that do.</summary>
    /// <param name="machineId">machine-id(5), 32 hexadecimal digits.</param>
    /// <param name="stack">The stack.</param>
    public static int NumberOf(string machineId, StackId stack)
    {
        var hash = new Sha256();
        hash.Append(Encoding.ASCII.GetBytes($"{machineId}\n{stack}\n"));
        // 32 bits of the digest: that 2^32 is no multiple of 100 shifts nothing that could be measured.
        return (int)(BinaryPrimitives.ReadUInt32BigEndian(Convert.FromHexString(hash.Finish())) % 100);
    }
}
