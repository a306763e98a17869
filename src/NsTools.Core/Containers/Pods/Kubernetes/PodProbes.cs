using System.Globalization;
using k8s.Models;
using NsTools.Interop.Health;

namespace NsTools.Containers.Pods.Kubernetes;

/// <summary>Kubernetes' probes, which our health checks are, and the other way round.</summary>
internal static class PodProbes
{
    // Both loopback addresses. A kubelet asks the pod's own address, from outside.
    private const string OwnHost = "localhost";

    /// <summary>The probes of a container.</summary>
    /// <param name="container">The container.</param>
    /// <param name="warnings">Gets what there is not here, in sentences.</param>
    /// <exception cref="NsToolsException">A probe is not as it must be (<c>PodManifestInvalid</c>).</exception>
    public static IReadOnlyList<HealthProbe> Read(V1Container container, List<string> warnings)
    {
        List<HealthProbe> probes = [];
        foreach ((V1Probe? probe, HealthRole role, string name) in ((V1Probe?, HealthRole, string)[])
            [(container.LivenessProbe, HealthRole.Liveness, "livenessProbe"), (container.ReadinessProbe, HealthRole.Readiness, "readinessProbe"), (container.StartupProbe, HealthRole.Startup, "startupProbe")])
        {
            if (probe is null)
                continue;
            string place = $"spec.containers[{container.Name}].{name}";
            HealthProbe times = new()
            {
                Role = role,
                // Kubernetes' own defaults.
                Delay = Seconds(probe.InitialDelaySeconds, 0, 0, $"{place}.initialDelaySeconds"),
                Interval = Seconds(probe.PeriodSeconds, 10, 1, $"{place}.periodSeconds"),
                Timeout = Seconds(probe.TimeoutSeconds, 1, 1, $"{place}.timeoutSeconds"),
                Retries = Number(probe.FailureThreshold, 3, 1, $"{place}.failureThreshold"),
                Successes = Number(probe.SuccessThreshold, 1, 1, $"{place}.successThreshold"),
            };
            if (probe is { HttpGet.Scheme: "HTTPS" })
                warnings.Add($"Nothing is done with {place}: only plain HTTP is asked.");
            else if (HandlerOf(probe, times, container, place) is { } handled)
                probes.Add(handled);
        }
        return probes;
    }

    /// <summary>Gives a container its probes.</summary>
    /// <param name="container">The container.</param>
    /// <param name="probes">The health checks; that of an image or of <c>-HealthCommand</c> is a liveness probe.</param>
    public static void Write(V1Container container, IReadOnlyList<HealthProbe> probes)
    {
        foreach (HealthProbe probe in probes)
        {
            V1Probe written = ToProbe(probe);
            switch (probe.Role)
            {
                case HealthRole.Readiness:
                    container.ReadinessProbe = written;
                    break;
                case HealthRole.Startup:
                    container.StartupProbe = written;
                    break;
                default:
                    container.LivenessProbe = written;
                    break;
            }
        }
    }

    private static HealthProbe? HandlerOf(V1Probe probe, HealthProbe times, V1Container container, string place) => probe switch
    {
        { Exec.Command: { Count: > 0 } command } => times with { Test = ["CMD", .. command] },
        { TcpSocket: { } tcp } => times with { Target = new HealthTarget(false, HostOf(tcp.Host, place), PortOf(tcp.Port, container, place)) },
        { HttpGet: { } http } => times with
        {
            Target = new HealthTarget(
                true,
                HostOf(http.Host, place),
                PortOf(http.Port, container, place),
                string.IsNullOrEmpty(http.Path) ? "/" : Line(http.Path.StartsWith('/') ? http.Path : $"/{http.Path}", place),
                http.HttpHeaders is { Count: > 0 } headers ? [.. headers.Select(header => Line($"{header.Name}: {header.Value}", place))] : null),
        },
        { Grpc: not null } => null,
        _ => throw Invalid($"{place} says nothing to do", "A probe has exec, httpGet or tcpSocket."),
    };

    // What goes into a request must not end its line (RFC 9112, 2.2).
    private static string Line(string text, string place) =>
        text.AsSpan().ContainsAny('\r', '\n', '\0') ? throw Invalid($"{place} has a line break in a path or a header", "Leave it out.") : text;

    private static string HostOf(string? host, string place) => string.IsNullOrEmpty(host) || host == OwnHost ? OwnHost
        : System.Net.IPAddress.TryParse(host, out _) ? host
        : throw Invalid($"{place} asks the host '{host}', whose name nobody resolves there", "Give an IP address, or none: it is the container itself then.");

    private static int PortOf(IntOrString? port, V1Container container, string place)
    {
        string text = port?.ToString() ?? "";
        int number = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int given)
            ? given
            : container.Ports?.FirstOrDefault(one => one.Name == text)?.ContainerPort ?? 0;
        return number is > 0 and <= ushort.MaxValue ? number : throw Invalid($"{place} asks the port '{text}', which is none", "Give a number from 1 to 65535, or the name of one of the container's ports.");
    }

    private static TimeSpan Seconds(int? seconds, int usual, int least, string place) => TimeSpan.FromSeconds(Number(seconds, usual, least, place));

    // A manifest that leaves it out and one that says 0 are the same to Kubernetes.
    private static int Number(int? number, int usual, int least, string place) => number switch
    {
        null or 0 => usual,
        var some => some >= least ? some.Value : throw Invalid($"{place} is {some}", string.Create(CultureInfo.InvariantCulture, $"Give {least} or more.")),
    };

    private static V1Probe ToProbe(HealthProbe probe)
    {
        string? host = probe.Target?.Host == OwnHost ? null : probe.Target?.Host;
        // An image's check counts its failures only after a time, which Kubernetes has before the first one.
        TimeSpan delay = probe.Role != HealthRole.Health ? probe.Delay : probe.StartPeriod > TimeSpan.Zero ? probe.StartPeriod : TimeSpan.Zero;
        return new V1Probe
        {
            Exec = probe.Target is null ? new V1ExecAction { Command = [.. probe.ToCommand()] } : null,
            TcpSocket = probe.Target is { IsHttp: false } tcp ? new V1TCPSocketAction { Host = host, Port = tcp.Port } : null,
            HttpGet = probe.Target is { IsHttp: true } http ? new V1HTTPGetAction { Host = host, Port = http.Port, Path = http.Path, HttpHeaders = HeadersOf(http) } : null,
            InitialDelaySeconds = delay > TimeSpan.Zero ? Whole(delay) : null,
            PeriodSeconds = Whole(probe.Interval),
            TimeoutSeconds = Whole(probe.Timeout),
            FailureThreshold = probe.Retries,
            SuccessThreshold = probe.Successes > 1 ? probe.Successes : null,
        };
    }

    private static V1HTTPHeader[]? HeadersOf(HealthTarget target) =>
        target.Headers?.Select(header => header.Split(": ", 2)).Select(pair => new V1HTTPHeader { Name = pair[0], Value = pair[^1] }).ToArray();

    private static int Whole(TimeSpan time) => (int)Math.Max(1, Math.Ceiling(time.TotalSeconds));

    private static NsToolsException Invalid(string what, string remedy) => new(FailureKind.InvalidData, "PodManifestInvalid", $"{what}.", remedy);
}
