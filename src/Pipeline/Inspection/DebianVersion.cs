using System.Globalization;

namespace ImageBuilder.Pipeline.Inspection;

/// <summary>The order of Debian package versions, deb-version(7): [epoch:]upstream-version[-revision].</summary>
public static class DebianVersion
{
    /// <summary>Below 0 when <paramref name="left"/> is the older one, 0 when they are the same, above 0 when it is the newer one.</summary>
    public static int Compare(string left, string right)
    {
        var (leftEpoch, leftUpstream, leftRevision) = Split(left);
        var (rightEpoch, rightUpstream, rightRevision) = Split(right);
        var order = leftEpoch.CompareTo(rightEpoch);
        if (order == 0)
            order = ComparePart(leftUpstream, rightUpstream);
        return order == 0 ? ComparePart(leftRevision, rightRevision) : order;
    }

    private static (long Epoch, string Upstream, string Revision) Split(string version)
    {
        var colon = version.IndexOf(':', StringComparison.Ordinal);
        // What is no number is no epoch: dpkg refuses such a version, here it only has to have a place in the order.
        if (colon >= 0 && long.TryParse(version[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch))
            version = version[(colon + 1)..];
        else
            epoch = 0;
        var dash = version.LastIndexOf('-');
        return dash < 0 ? (epoch, version, "") : (epoch, version[..dash], version[(dash + 1)..]);
    }

    // Runs of other characters and runs of digits by turns; numbers compare as numbers of any length, without a value "0".
    private static int ComparePart(string left, string right)
    {
        for (int i = 0, j = 0; i < left.Length || j < right.Length;)
        {
            while ((i < left.Length && !char.IsAsciiDigit(left[i])) || (j < right.Length && !char.IsAsciiDigit(right[j])))
            {
                var order = Weight(left, i).CompareTo(Weight(right, j));
                if (order != 0)
                    return order;
                (i, j) = (i + 1, j + 1);
            }
            var (leftNumber, rightNumber) = (Number(left, ref i), Number(right, ref j));
            var byNumber = leftNumber.Length != rightNumber.Length ? leftNumber.Length.CompareTo(rightNumber.Length) : string.CompareOrdinal(leftNumber, rightNumber);
            if (byNumber != 0)
                return byNumber;
        }
        return 0;
    }

    // '~' comes before the end, the end before letters, letters before everything else; a digit ends the run like the end does.
    private static int Weight(string text, int at) => at >= text.Length || char.IsAsciiDigit(text[at]) ? 0 : text[at] switch
    {
        '~' => -1,
        var c when char.IsAsciiLetter(c) => c,
        var c => c + 256,
    };

    private static string Number(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
            at++;
        return text[start..at].TrimStart('0');
    }
}
