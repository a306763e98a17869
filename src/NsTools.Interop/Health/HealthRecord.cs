namespace NsTools.Interop.Health;

/// <summary>How a container is.</summary>
public enum HealthStatus
{
    /// <summary>Nothing is known yet.</summary>
    Starting,

    /// <summary>Well.</summary>
    Healthy,

    /// <summary>Not well: too many checks in a row have failed.</summary>
    Unhealthy,
}

/// <summary>How a check has ended.</summary>
public sealed record HealthResult
{
    /// <summary>Exit code of a check that was ended for its time, or could not be started, as Docker has it.</summary>
    public const int NotDone = -1;

    /// <summary>How much of its output is kept, in bytes.</summary>
    public const int MostOutput = 4096;

    /// <summary>What it was for.</summary>
    public HealthRole Role { get; init; }

    /// <summary>When it was started.</summary>
    public DateTimeOffset Start { get; init; }

    /// <summary>When it had ended.</summary>
    public DateTimeOffset End { get; init; }

    /// <summary>Its exit code, 0 for success; <see cref="NotDone"/>.</summary>
    public int ExitCode { get; init; }

    /// <summary>What it wrote, cut at <see cref="MostOutput"/>, or why it could not be done.</summary>
    public string Output { get; init; } = "";
}

/// <summary>How a container that runs is, <c>health.json</c> in its state directory: its supervisor writes it.</summary>
public sealed record HealthRecord
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "health.json";

    /// <summary>How many results are kept, as Docker and Podman do.</summary>
    public const int MostResults = 5;

    /// <summary>How it is.</summary>
    public HealthStatus Status { get; init; }

    /// <summary>How many checks have failed in a row.</summary>
    public int FailingStreak { get; init; }

    /// <summary>The last results, the oldest first.</summary>
    public IReadOnlyList<HealthResult> Results { get; init; } = [];
}
