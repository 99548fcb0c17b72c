namespace ImageBuilder.Linux.Modules;

/// <summary>Patterns of modules.alias: fnmatch(3) with '*', '?' and '[…]'; "-" and "_" are the same outside brackets, as in kmod.</summary>
public static class Glob
{
    /// <summary>True when the whole text matches.</summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        // Greedy with one point to come back to: the last '*' seen. Linear in practice, never worse than pattern × text.
        var (p, t, star, mark) = (0, 0, -1, 0);
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                mark = t;
            }
            else if (p < pattern.Length && MatchesOne(pattern, p, text[t], out var next))
            {
                p = next;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++mark;
            }
            else
            {
                return false;
            }
        }
        return pattern[p..].TrimStart('*').IsEmpty;
    }

    private static bool MatchesOne(ReadOnlySpan<char> pattern, int at, char c, out int next)
    {
        next = at + 1;
        if (pattern[at] == '?')
            return true;
        if (pattern[at] != '[')
            return Same(pattern[at], c);
        var close = pattern[(at + 1)..].IndexOf(']');
        if (close <= 0)
            return c == '[';
        next = at + 1 + close + 1;
        var set = pattern.Slice(at + 1, close);
        var negated = set[0] is '!' or '^';
        if (negated)
            set = set[1..];
        var inside = false;
        for (var i = 0; i < set.Length; i++)
        {
            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                inside |= set[i] <= c && c <= set[i + 2];
                i += 2;
            }
            else
            {
                inside |= set[i] == c;
            }
        }
        return inside != negated;
    }

    private static bool Same(char a, char b) => a == b || (a is '-' or '_' && b is '-' or '_');
}
