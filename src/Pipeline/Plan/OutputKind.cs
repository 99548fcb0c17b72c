namespace ImageBuilder.Pipeline.Plan;

/// <summary>Kinds of artefacts.</summary>
public enum OutputKind
{
    /// <summary>A hybrid live ISO.</summary>
    Iso,
}
