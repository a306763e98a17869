namespace NsTools;

/// <summary>What happened.</summary>
public enum NetEventAction
{
    /// <summary>It came, or it changed: the kernel tells both in the same way.</summary>
    Changed = 0,

    /// <summary>It went.</summary>
    Removed = 1,

    /// <summary>The kernel had to drop events: look anew at what matters.</summary>
    Lost = 2,
}
