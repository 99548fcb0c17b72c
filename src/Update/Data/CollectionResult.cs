namespace ImageBuilder.Update.Data;

/// <summary>What a collection did.</summary>
/// <param name="Uppers">Folders of uppers that nothing names any more, and that were put into the trash.</param>
/// <param name="Deleted">Files and folders that were deleted from the trash.</param>
/// <param name="IsComplete">True when the trash is empty; otherwise time was up, or something could not be deleted.</param>
/// <param name="Failures">What could not be deleted, in words.</param>
public sealed record CollectionResult(IReadOnlyList<string> Uppers, int Deleted, bool IsComplete, IReadOnlyList<string> Failures);
