using System.Text;

namespace ImageBuilder.Qemu.Consoles;

/// <summary>
/// Turns a terminal's bytes into plain text: decodes UTF-8 and drops escape sequences (ECMA-48: CSI, OSC and other strings,
/// two-character escapes), carriage returns and other controls but line feed and tab. A sequence may be cut anywhere between chunks.
/// </summary>
public sealed class AnsiFilter
{
    private enum State { Text, Escape, Intermediate, Csi, String, StringEscape }

    private readonly Decoder _decoder = new UTF8Encoding(false).GetDecoder();
    private State _state;

    /// <summary>The text of one chunk.</summary>
    public string Filter(ReadOnlySpan<byte> bytes)
    {
        var characters = new char[_decoder.GetCharCount(bytes, flush: false)];
        _decoder.GetChars(bytes, characters, flush: false);
        var text = new StringBuilder(characters.Length);
        foreach (var c in characters)
        {
            if (Accept(c))
                text.Append(c);
        }
        return text.ToString();
    }

    private bool Accept(char c)
    {
        switch (_state)
        {
            case State.Text when c == '\e':
                _state = State.Escape;
                return false;
            case State.Text:
                return c is '\n' or '\t' || !char.IsControl(c);
            case State.Escape:
                _state = c switch
                {
                    '[' => State.Csi,
                    ']' or 'P' or 'X' or '^' or '_' => State.String,        // OSC, DCS, SOS, PM, APC
                    >= ' ' and <= '/' => State.Intermediate,                // such as ESC ( B
                    _ => State.Text,
                };
                return false;
            case State.Intermediate:
                if (c is < ' ' or > '/')
                    _state = State.Text;
                return false;
            case State.Csi:
                if (c is >= '@' and <= '~')
                    _state = State.Text;
                return false;
            case State.String:
                _state = c switch { '\a' => State.Text, '\e' => State.StringEscape, _ => State.String };
                return false;
            default:                                                        // the backslash of ESC \
                _state = State.Text;
                return false;
        }
    }
}
