using NsTools.Images;

namespace NsTools.Builds;

/// <summary>What of an image's configuration is to be another; null and empty leave it as it is.</summary>
public sealed record ImageConfigChange
{
    /// <summary>User and group.</summary>
    public string? User { get; init; }

    /// <summary>Directory that the program starts in.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Arguments of the program, or the program; empty for none.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>The program, with arguments that stay; empty for none.</summary>
    public IReadOnlyList<string>? Entrypoint { get; init; }

    /// <summary>The shell of instructions in shell form; empty for the usual one.</summary>
    public IReadOnlyList<string>? Shell { get; init; }

    /// <summary>Variables; null takes one away.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Labels; null takes one away.</summary>
    public IReadOnlyDictionary<string, string?> Labels { get; init; } = new Dictionary<string, string?>();

    /// <summary>Annotations of the manifest; null takes one away.</summary>
    public IReadOnlyDictionary<string, string?> Annotations { get; init; } = new Dictionary<string, string?>();

    /// <summary>Ports to add; one with <c>-</c> after it is taken away, and <c>-</c> alone takes all away.</summary>
    public IReadOnlyList<string> ExposedPorts { get; init; } = [];

    /// <summary>Volumes to add; one with <c>-</c> after it is taken away, and <c>-</c> alone takes all away.</summary>
    public IReadOnlyList<string> Volumes { get; init; } = [];

    /// <summary>Triggers to add, instructions of a Dockerfile; <c>-</c> alone takes all away.</summary>
    public IReadOnlyList<string> OnBuild { get; init; } = [];

    /// <summary>Signal that ends the program.</summary>
    public string? StopSignal { get; init; }

    /// <summary>The check; its members that are null keep the image's.</summary>
    public ImageHealthCheck? HealthCheck { get; init; }

    /// <summary>Who made the image.</summary>
    public string? Author { get; init; }

    /// <summary>A remark for its history.</summary>
    public string? Comment { get; init; }

    /// <summary>What its history says of the change; null for the changes themselves.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>What the image runs on.</summary>
    public ImagePlatform? Platform { get; init; }

    /// <summary>Whose media types it gets; null for the ones that it has.</summary>
    public ImageFormat? Format { get; init; }

    /// <summary>Its time of making; null for now.</summary>
    public DateTimeOffset? SourceDateEpoch { get; init; }

    /// <summary>The changes, each as the option of <c>buildah config</c> and its value.</summary>
    public IReadOnlyList<(string Option, string Value)> Options =>
    [
        .. Single("user", User),
        .. Single("workingdir", WorkingDirectory),
        .. Single("entrypoint", Entrypoint is null ? null : ArrayText(Entrypoint)),
        .. Single("cmd", Command is null ? null : ArrayText(Command)),
        .. Single("shell", Shell is null ? null : string.Join(' ', Shell)),
        .. Pairs("env", Environment),
        .. Pairs("label", Labels),
        .. Pairs("annotation", Annotations),
        .. ExposedPorts.Select(port => ("port", port)),
        .. Volumes.Select(volume => ("volume", volume)),
        .. OnBuild.Select(trigger => ("onbuild", trigger)),
        .. Single("stop-signal", StopSignal),
        .. Single("healthcheck", HealthCheck?.Test is { } test ? string.Join(' ', test) : null),
        .. Time("healthcheck-interval", HealthCheck?.Interval),
        .. Time("healthcheck-timeout", HealthCheck?.Timeout),
        .. Time("healthcheck-start-period", HealthCheck?.StartPeriod),
        .. Single("healthcheck-retries", HealthCheck?.Retries?.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        .. Single("author", Author),
        .. Single("os", Platform?.Os),
        .. Single("arch", Platform?.Architecture),
        .. Single("variant", Platform?.Variant),
    ];

    /// <summary>The configuration with the change.</summary>
    /// <param name="config">The configuration.</param>
    /// <exception cref="NsToolsException">A port, signal or trigger is none.</exception>
    public ImageRunConfig Apply(ImageRunConfig config) => config with
    {
        User = User ?? config.User,
        WorkingDir = WorkingDirectory ?? config.WorkingDir,
        Entrypoint = Entrypoint is null ? config.Entrypoint : OrNull(Entrypoint),
        Cmd = Command is null ? config.Cmd : OrNull(Command),
        Shell = Shell is null ? config.Shell : OrNull(Shell),
        Env = OrNull(ConfigValues.WithVariables(config.Env, Environment.Select(pair => (pair.Key, pair.Value)))),
        Labels = ConfigValues.WithLabels(config.Labels, Labels.Select(pair => (pair.Key, pair.Value))),
        ExposedPorts = Changed(config.ExposedPorts, ExposedPorts, PortOf),
        Volumes = Changed(config.Volumes, Volumes, static volume => volume),
        OnBuild = OrNull(OnBuild.Aggregate((IReadOnlyList<string>)[.. config.OnBuild ?? []], static (all, trigger) => trigger == "-" ? [] : [.. all, TriggerOf(trigger)])),
        StopSignal = StopSignal is null ? config.StopSignal : SignalOf(StopSignal),
        Healthcheck = HealthCheck is null ? config.Healthcheck : Merge(config.Healthcheck ?? new ImageHealthCheck(), HealthCheck),
    };

    private static ImageHealthCheck Merge(ImageHealthCheck check, ImageHealthCheck change) => change.Test is ["NONE"] ? change : new()
    {
        Test = change.Test ?? check.Test,
        Interval = change.Interval ?? check.Interval,
        Timeout = change.Timeout ?? check.Timeout,
        StartPeriod = change.StartPeriod ?? check.StartPeriod,
        StartInterval = change.StartInterval ?? check.StartInterval,
        Retries = change.Retries ?? check.Retries,
    };

    private static IReadOnlyList<string>? Changed(IReadOnlyList<string>? names, IReadOnlyList<string> changes, Func<string, string> read)
    {
        IReadOnlyList<string> changed = names ?? [];
        foreach (string change in changes)
        {
            changed = change == "-" ? []
                : change.EndsWith('-') ? [.. changed.Where(name => name != read(change[..^1]))]
                : ConfigValues.WithNames(changed, [read(change)]);
        }
        return OrNull(changed);
    }

    private static string PortOf(string text) => ConfigValues.PortOf(text)
        ?? throw new NsToolsException(FailureKind.InvalidArgument, "InvalidPort", $"'{text}' is no port.", "It is PORT, PORT/udp or PORT-PORT, from 0 to 65535.");

    private static string SignalOf(string text) => Interop.Processes.SignalName.Parse(text) is not null
        ? text
        : throw new NsToolsException(FailureKind.InvalidArgument, "SignalNotFound", $"'{text}' is no signal.", "Name one of signal(7), such as SIGTERM.");

    private static string TriggerOf(string text) => ConfigInstruction.Apply(new ImageRunConfig(), [$"ONBUILD {text}"]).OnBuild![0];

    private static IReadOnlyList<string>? OrNull(IReadOnlyList<string> list) => list.Count > 0 ? list : null;

    private static string ArrayText(IReadOnlyList<string> words) => $"[{string.Join(", ", words.Select(word => $"\"{System.Text.Json.JsonEncodedText.Encode(word, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\""))}]";

    private static (string, string)[] Single(string option, string? value) => value is null ? [] : [(option, value)];

    private static (string, string)[] Time(string option, long? nanoseconds) =>
        nanoseconds is null ? [] : [(option, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{nanoseconds / 1_000_000}ms"))];

    private static IEnumerable<(string, string)> Pairs(string option, IReadOnlyDictionary<string, string?> pairs) =>
        pairs.Select(pair => (option, pair.Value is null ? $"{pair.Key}-" : $"{pair.Key}={pair.Value}"));
}
