using System.Collections.ObjectModel;
using System.Globalization;

namespace NsTools;

/// <summary>Whether a container is well.</summary>
public enum ContainerHealthState
{
    /// <summary>It is not known yet.</summary>
    Starting,

    /// <summary>It is.</summary>
    Healthy,

    /// <summary>It is not: too many checks in a row have failed.</summary>
    Unhealthy,
}

/// <summary>What a check of a container is for.</summary>
public enum ContainerHealthRole
{
    /// <summary>To tell whether it is well: the check of an image, and of <c>podman run --health-cmd</c>.</summary>
    Health,

    /// <summary>Kubernetes' liveness probe: a container that fails it is ended, and started again as its restart policy says.</summary>
    Liveness,

    /// <summary>Kubernetes' readiness probe: to tell whether it is well.</summary>
    Readiness,

    /// <summary>Kubernetes' startup probe: the others wait for it; a container that fails it is ended.</summary>
    Startup,
}

/// <summary>How a container is checked, and what came of it.</summary>
public sealed record ContainerHealth
{
    /// <summary>Whether it is well; null while it does not run.</summary>
    public ContainerHealthState? State { get; init; }

    /// <summary>How many checks have failed in a row.</summary>
    public int FailingStreak { get; init; }

    /// <summary>The last results of this run, five at most, the oldest first.</summary>
    public ReadOnlyCollection<ContainerHealthResult> Results { get; init; } = [];

    /// <summary>The checks: one of an image or of New-Container, up to three of a Kubernetes manifest.</summary>
    public ReadOnlyCollection<ContainerHealthCheck> Checks { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => State?.ToString() ?? "";
}

/// <summary>How one thing about a container is checked.</summary>
public sealed record ContainerHealthCheck
{
    /// <summary>What it is for.</summary>
    public required ContainerHealthRole Role { get; init; }

    /// <summary>
    /// What is run in it, as Docker writes it: <c>CMD</c> and a program with its arguments, or <c>CMD-SHELL</c> and a command
    /// line; empty for an <see cref="Address"/>.
    /// </summary>
    public ReadOnlyCollection<string> Test { get; init; } = [];

    /// <summary>What has to answer in its network, such as <c>tcp://127.0.0.1:80</c>; null for a <see cref="Test"/>.</summary>
    public Uri? Address { get; init; }

    /// <summary>From its start to the first check.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>From one check to the next.</summary>
    public TimeSpan Interval { get; init; }

    /// <summary>How long one may take.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>From its start: failures do not count until this is over, or one has succeeded.</summary>
    public TimeSpan StartPeriod { get; init; }

    /// <summary>Failures in a row after which it is not well.</summary>
    public int Retries { get; init; }

    /// <summary>Successes in a row after which it is well.</summary>
    public int Successes { get; init; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Address is null ? string.Join(' ', Test) : Address.ToString())} every {Interval.TotalSeconds:0.###} s");
}

/// <summary>How one check has ended.</summary>
public sealed record ContainerHealthResult
{
    /// <summary>The container's name.</summary>
    public required string Container { get; init; }

    /// <summary>What it was for.</summary>
    public required ContainerHealthRole Role { get; init; }

    /// <summary>True when it has succeeded.</summary>
    public bool IsHealthy => ExitCode == 0;

    /// <summary>Its exit code; -1 for one that took too long or could not be started.</summary>
    public required int ExitCode { get; init; }

    /// <summary>When it was started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it had ended.</summary>
    public required DateTimeOffset FinishedAt { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration => FinishedAt - StartedAt;

    /// <summary>What it wrote, cut at 4 KiB, or why it could not be done.</summary>
    public required string Output { get; init; }

    /// <inheritdoc/>
    public override string ToString() => IsHealthy ? "Healthy" : string.Create(CultureInfo.InvariantCulture, $"Unhealthy ({ExitCode})");
}
