namespace ImageBuilder.Formats.Gpt;

/// <summary>One partition of a GPT. Positions are in sectors of the disk, both ends included.</summary>
/// <param name="Type">What it holds; see <see cref="GptType"/>.</param>
/// <param name="Id">Its own GUID, Linux's PARTUUID.</param>
/// <param name="FirstLba">First sector.</param>
/// <param name="LastLba">Last sector.</param>
/// <param name="Name">Up to 36 UTF-16 units, Linux's PARTLABEL.</param>
/// <param name="Attributes">Attribute bits.</param>
public sealed record GptPartition(Guid Type, Guid Id, ulong FirstLba, ulong LastLba, string Name, GptAttributes Attributes = GptAttributes.None);
