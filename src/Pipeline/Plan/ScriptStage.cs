namespace ImageBuilder.Pipeline.Plan;

/// <summary>When a script runs.</summary>
public enum ScriptStage
{
    /// <summary>After files and users have been applied.</summary>
    Final,

    /// <summary>Right after the packages, before files and users.</summary>
    Base,
}
