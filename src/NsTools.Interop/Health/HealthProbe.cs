namespace NsTools.Interop.Health;

/// <summary>What a check of a container is for, which says what its failing does.</summary>
public enum HealthRole
{
    /// <summary>Docker's and Podman's: it tells whether the container is well, and nothing more.</summary>
    Health,

    /// <summary>Kubernetes' liveness probe: a container that fails it is ended, and its restart policy goes on from there.</summary>
    Liveness,

    /// <summary>Kubernetes' readiness probe: it tells whether the container is well.</summary>
    Readiness,

    /// <summary>Kubernetes' startup probe: the others wait for it; a container that fails it is ended.</summary>
    Startup,
}

/// <summary>How one thing about a container is checked, again and again.</summary>
public sealed record HealthProbe
{
    /// <summary>What it is for.</summary>
    public HealthRole Role { get; init; }

    /// <summary>
    /// What is run in the container (Docker's container.image.v1, <c>Healthcheck.Test</c>): <c>CMD</c> and a program with its
    /// arguments, or <c>CMD-SHELL</c> and a command line. Empty with a <see cref="Target"/>.
    /// </summary>
    public IReadOnlyList<string> Test { get; init; } = [];

    /// <summary>What has to answer in the container's network; null for a <see cref="Test"/>.</summary>
    public HealthTarget? Target { get; init; }

    /// <summary>From the container's start to the first check.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>From one check to the next.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one may take; then it is ended, and has failed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>From the container's start: failures do not count until this is over, or one has succeeded.</summary>
    public TimeSpan StartPeriod { get; init; }

    /// <summary>From one check to the next in that time; null as afterwards.</summary>
    public TimeSpan? StartInterval { get; init; }

    /// <summary>Failures in a row after which the container is not well; at least 1.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>Successes in a row after which it is well; at least 1.</summary>
    public int Successes { get; init; } = 1;

    /// <summary>The program and its arguments of a <see cref="Test"/>.</summary>
    public IReadOnlyList<string> ToCommand() => Test is ["CMD-SHELL", var line] ? ["/bin/sh", "-c", line] : [.. Test.Skip(1)];
}

/// <summary>An address that has to answer, seen from a container's network.</summary>
/// <param name="IsHttp">True for an HTTP request, whose answer must have a status from 200 to 399; false for a TCP connection alone.</param>
/// <param name="Host">An IP address, or <c>localhost</c>.</param>
/// <param name="Port">The port.</param>
/// <param name="Path">What is asked for.</param>
/// <param name="Headers">Headers of the request, <c>Name: value</c> each.</param>
public sealed record HealthTarget(bool IsHttp, string Host, int Port, string Path = "/", IReadOnlyList<string>? Headers = null);
