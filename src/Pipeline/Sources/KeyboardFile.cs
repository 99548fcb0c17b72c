namespace ImageBuilder.Pipeline.Sources;

/// <summary>/etc/default/keyboard, keyboard(5).</summary>
internal static class KeyboardFile
{
    /// <summary>The file for a keymap given as "layout" or "layout:variant".</summary>
    public static string Text(string keymap)
    {
        var parts = keymap.Split(':', 2);
        return $"XKBMODEL=\"pc105\"\nXKBLAYOUT=\"{parts[0]}\"\nXKBVARIANT=\"{(parts.Length > 1 ? parts[1] : "")}\"\nXKBOPTIONS=\"\"\nBACKSPACE=\"guess\"\n";
    }
}
