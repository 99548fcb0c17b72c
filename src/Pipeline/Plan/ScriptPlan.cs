namespace ImageBuilder.Pipeline.Plan;

/// <summary>One shell script to run inside the tree.</summary>
/// <param name="Run">The script's text, run by /bin/sh -eu in the tree's root.</param>
/// <param name="Stage">When it runs.</param>
/// <param name="Origin">Where the spec says so, "live.yaml:12:5", for messages.</param>
public sealed record ScriptPlan(string Run, ScriptStage Stage, string Origin);
