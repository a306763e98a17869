using NsTools.Interop.Health;

namespace NsTools.Containers.Health;

/// <summary>How a container is checked: what its image says with what was asked for over it.</summary>
internal static class HealthOptions
{
    // Docker's and Podman's.
    private static readonly TimeSpan s_usualTime = TimeSpan.FromSeconds(30);
    private const int UsualRetries = 3;
    private const string None = "NONE";

    /// <summary>The image's check with the one that was asked for over it.</summary>
    /// <param name="image">The image's; null for none.</param>
    /// <param name="change">What was asked for; null for nothing.</param>
    /// <returns>The check; null for none.</returns>
    /// <exception cref="NsToolsException">Times are given, and there is nothing to be done at them (<c>HealthCheckMissing</c>).</exception>
    public static ImageHealthCheck? Merge(ImageHealthCheck? image, ImageHealthCheck? change)
    {
        if (change is null || change.Test is [None])
            return change ?? image;
        ImageHealthCheck own = image?.Test is [None] ? new() : image ?? new();
        ImageHealthCheck merged = new()
        {
            Test = change.Test ?? own.Test,
            Interval = change.Interval ?? own.Interval,
            Timeout = change.Timeout ?? own.Timeout,
            StartPeriod = change.StartPeriod ?? own.StartPeriod,
            StartInterval = change.StartInterval ?? own.StartInterval,
            Retries = change.Retries ?? own.Retries,
        };
        return merged.Test is { Count: > 0 }
            ? merged
            : throw new NsToolsException(FailureKind.InvalidArgument, "HealthCheckMissing", "Times of health checks are given, but neither the image nor -HealthCommand says what to check.", "Give -HealthCommand.");
    }

    /// <summary>The checks of a container.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="image">What its image says.</param>
    /// <exception cref="NsToolsException">See <see cref="Merge"/>; or a test is of no form that there is (<c>InvalidHealthCommand</c>).</exception>
    public static IReadOnlyList<HealthProbe> ProbesOf(ContainerOptions options, ImageRunConfig image)
    {
        if (options.Probes.Count > 0)
            return options.Probes;
        if (Merge(image.Healthcheck, options.HealthCheck) is not { Test: { Count: > 0 } test } check || test is [None])
            return [];
        if (test is not (["CMD-SHELL", { Length: > 0 }] or ["CMD", { Length: > 0 }, ..]) || test.Any(word => word.Contains('\0', StringComparison.Ordinal)))
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "InvalidHealthCommand", $"'{string.Join(' ', test).Replace("\0", "\\0", StringComparison.Ordinal)}' is no health check.", "It is CMD and a program with its arguments, or CMD-SHELL and a command line.");
        }
        TimeSpan interval = Time(check.Interval) ?? s_usualTime, startPeriod = Time(check.StartPeriod) ?? TimeSpan.Zero;
        TimeSpan? startInterval = Time(check.StartInterval);
        return
        [
            new HealthProbe
            {
                Role = HealthRole.Health,
                Test = test,
                // Docker's: an interval goes before the first one, too.
                Delay = startPeriod > TimeSpan.Zero ? startInterval ?? interval : interval,
                Interval = interval,
                Timeout = Time(check.Timeout) ?? s_usualTime,
                StartPeriod = startPeriod,
                StartInterval = startInterval,
                Retries = check.Retries is > 0 and var retries ? retries : UsualRetries,
            },
        ];
    }

    // 0 is Docker's word for what it usually is.
    private static TimeSpan? Time(long? nanoseconds) => nanoseconds is > 0 and var some ? TimeSpan.FromTicks(some / TimeSpan.NanosecondsPerTick) : null;
}
