namespace NsTools.Runtime.Lifecycle.Supervision;

/// <summary>How <c>supervise</c> was asked to supervise.</summary>
internal sealed record SupervisionRequest
{
    /// <summary>The log, absolute.</summary>
    public required string LogFile { get; init; }

    /// <summary>How large that may become, in bytes, and how many older ones are kept.</summary>
    public required (long Size, int Count) LogLimit { get; init; }

    /// <summary>True when those who attach may write to the program's standard input; it is empty otherwise.</summary>
    public bool KeepsInput { get; init; }

    /// <summary>Descriptors of the caller's pipes, which get what the program writes, too; null for none.</summary>
    public (int Output, int Error)? Pipes { get; init; }

    /// <summary>The record of its network helper, which ends with it; null for none.</summary>
    public string? NetworkRecord { get; init; }

    /// <summary>The file of its health checks, absolute; null for none.</summary>
    public string? HealthPlan { get; init; }

    /// <summary>How it is started again when it has ended; null for never.</summary>
    public ContainerRestart? Restart { get; init; }
}
