using System.Text;
using ImageBuilder.Linux;

namespace ImageBuilder.Update.State;

/// <summary>`ib.reset=TOKEN` on the kernel command line: followed once, however often the machine boots with it.</summary>
public static class ResetToken
{
    /// <summary>Whether a reset with this token is still to be done. Only the last one is remembered.</summary>
    public static bool IsNew(StateRecord record, string token) => record.ResetToken is not { } last || !last.AsSpan().SequenceEqual(Hash(token));

    /// <summary>What the record holds of a token.</summary>
    internal static byte[] Hash(string token)
    {
        var hash = new Sha256();
        hash.Append(Encoding.UTF8.GetBytes(token));
        return Convert.FromHexString(hash.Finish())[..StateRecord.TokenLength];
    }
}
