using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Health;

/// <summary>The two ways in which a trial ends, in the state record and for the boot loader.</summary>
internal interface ITrialSlots
{
    /// <summary>The version on trial is what the machine starts from now on.</summary>
    /// <exception cref="Formats.ImageException">It could not be noted: the trial goes on.</exception>
    StateRecord Commit();

    /// <summary>The version on trial is given up, and not tried again.</summary>
    /// <param name="reason">Why, at most <see cref="StateRecord.ReasonLength"/> bytes of UTF-8.</param>
    /// <exception cref="Formats.ImageException">It could not be noted: the next start counts a try.</exception>
    StateRecord Fail(string reason);
}
