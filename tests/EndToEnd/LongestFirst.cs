using ImageBuilder.EndToEnd.Tests.PowerCuts;
using ImageBuilder.EndToEnd.Tests.Recipes;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("ImageBuilder.EndToEnd.Tests.LongestFirst", "ImageBuilder.EndToEnd.Tests")]

namespace ImageBuilder.EndToEnd.Tests;

/// <summary>The classes that take minutes begin, so that none of them is left over for the end, where it would have the machine to itself.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long = [.. new[] { typeof(UpdateCutTests), typeof(EveryKeyTests), typeof(RecipeTests), typeof(ReadyBaseTests), typeof(PowerCutTests) }.Select(type => type.FullName!)];

    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => Array.FindIndex(Long, name => collection.DisplayName.EndsWith(name, StringComparison.Ordinal)) is var place and >= 0 ? place : Long.Length);
}
