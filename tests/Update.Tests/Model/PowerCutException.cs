namespace ImageBuilder.Update.Tests.Model;

/// <summary>The machine is off. No code under test catches it: it is no IOException.</summary>
internal sealed class PowerCutException : Exception;
