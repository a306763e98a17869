namespace NsTools.Networking.Probes;

/// <summary>What to test.</summary>
public sealed record ConnectionTestRequest
{
    /// <summary>Name or address of the other machine.</summary>
    public required string ComputerName { get; init; }

    /// <summary>TCP port to connect to; 0 to send echo requests instead.</summary>
    public int Port { get; init; }

    /// <summary>How many echo requests.</summary>
    public int Count { get; init; } = 1;

    /// <summary>How long to wait for each answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many hops to trace at most; 0 for no trace.</summary>
    public int Hops { get; init; }
}
