namespace ImageBuilder.Pipeline.Spec;

/// <summary>The kinds of values that keys take.</summary>
public enum SpecKind
{
    /// <summary>A scalar, taken as it is written (so that version 1.10 does not become 1.1).</summary>
    Text,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>true or false.</summary>
    Boolean,

    /// <summary>A list of items of one type.</summary>
    List,

    /// <summary>A map with known keys.</summary>
    Map,

    /// <summary>A map with keys of the user's choice.</summary>
    Dictionary,

    /// <summary>A text or a list.</summary>
    TextOrList,
}
