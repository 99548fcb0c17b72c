using System.Globalization;

namespace ImageBuilder.Agent.Repositories.Http;

/// <summary>What stands before the body of an answer (RFC 9112, 4 and 5).</summary>
internal sealed class HttpHead
{
    private const int MaxLength = 64 << 10; // of all that comes before the body
    private readonly List<(string Name, string Value)> fields = [];

    private HttpHead(int minor, int status, string reason) => (Minor, Status, Reason) = (minor, status, reason);

    /// <summary>The second digit of the version: HTTP/1.0 or HTTP/1.1.</summary>
    public int Minor { get; }

    public int Status { get; }

    /// <summary>The server's words for the status; may be empty, and anything.</summary>
    public string Reason { get; }

    /// <summary>The first value of a field; null when it is not there.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var field in fields)
                if (field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                    return field.Value;
            return null;
        }
    }

    /// <summary>All values of a field.</summary>
    public List<string> All(string name)
    {
        var values = new List<string>();
        foreach (var field in fields)
            if (field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                values.Add(field.Value);
        return values;
    }

    /// <summary>Whether a word is in a field that is a list of words.</summary>
    public bool Lists(string name, string word)
    {
        foreach (var value in All(name))
            foreach (var part in value.Split(','))
                if (part.Trim().Equals(word, StringComparison.OrdinalIgnoreCase))
                    return true;
        return false;
    }

    /// <summary>Reads the head of the final answer; those of 1xx before it are passed over. Null when the connection ended before it.</summary>
    /// <exception cref="InvalidDataException">It is no HTTP/1.x.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public static async ValueTask<HttpHead?> ReadAsync(HttpReader reader, CancellationToken cancel)
    {
        var left = MaxLength;
        while (true)
        {
            if (await reader.ReadLineAsync(left, cancel) is not { } line)
                return left == MaxLength ? null : throw new IOException("the server closed the connection before its answer");
            left -= line.Length;
            var head = ParseStatus(line);
            while ((line = await reader.ReadLineAsync(left, cancel) ?? throw new IOException("the server closed the connection within its answer")).Length > 0)
            {
                left -= line.Length;
                head.fields.Add(ParseField(line));
            }
            if (head.Status >= 200)
                return head;
            if (head.Status == 101)
                throw new InvalidDataException("it changes to a protocol that nobody has asked for");
        }
    }

    // status-line = HTTP-version SP status-code SP [ reason-phrase ]
    private static HttpHead ParseStatus(string line)
    {
        const string version = "HTTP/1.";
        const int status = 9; // where the three digits are
        if (!line.StartsWith(version, StringComparison.Ordinal) || line.Length < status + 3 || !char.IsAsciiDigit(line[version.Length]) || line[status - 1] != ' '
            || !int.TryParse(line.AsSpan(status, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 100 || (line.Length > status + 3 && line[status + 3] != ' '))
            throw new InvalidDataException("its first line is none of HTTP/1.1");
        return new HttpHead(line[version.Length] - '0', number, line.Length > status + 4 ? line[(status + 4)..] : "");
    }

    // field-line = field-name ":" OWS field-value OWS
    private static (string Name, string Value) ParseField(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        // Blanks before the colon, and lines that go on with a blank, are what servers and proxies understand differently (RFC 9112, 5.1 and 5.2).
        if (colon <= 0 || line.AsSpan(0, colon).ContainsAnyExceptInRange('!', '~'))
            throw new InvalidDataException("a line of its head is no 'name: value'");
        return (line[..colon], line[(colon + 1)..].Trim(' ', '\t'));
    }
}
