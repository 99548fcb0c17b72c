using Xunit;

namespace ImageBuilder.TestSupport;

/// <summary>A test that needs foreign programs: skipped on a desk that lacks one, failed in CI.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ToolFactAttribute : FactAttribute
{
    public ToolFactAttribute(params string[] tools) => Skip = Missing.Reason(tools);
}

/// <summary>As <see cref="ToolFactAttribute"/>, for theories.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ToolTheoryAttribute : TheoryAttribute
{
    public ToolTheoryAttribute(params string[] tools) => Skip = Missing.Reason(tools);
}

/// <summary>A test that needs root, for mounts; skipped for an ordinary user on a desk, failed in CI.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute(params string[] tools) =>
        Skip = Missing.Reason(tools) ?? (Environment.IsPrivilegedProcess || Tool.InCi ? null : "needs root");
}

/// <summary>As <see cref="RootFactAttribute"/>, for theories.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RootTheoryAttribute : TheoryAttribute
{
    public RootTheoryAttribute(params string[] tools) =>
        Skip = Missing.Reason(tools) ?? (Environment.IsPrivilegedProcess || Tool.InCi ? null : "needs root");
}

internal static class Missing
{
    public static string? Reason(string[] tools)
    {
        var missing = tools.Where(tool => !Tool.Exists(tool)).ToArray();
        return missing.Length == 0 || Tool.InCi ? null : $"not installed: {string.Join(", ", missing)}";
    }
}
