using System.Text.Json.Serialization;
using NsTools.Images.Documents;

namespace NsTools.Builds.Workers;

/// <summary>What a worker tells, a line of JSON each: what happens, and last how it ended.</summary>
internal sealed record BuildMessage
{
    /// <summary>What happened; null for the last message.</summary>
    public BuildStep? Step { get; init; }

    public BuildMessageKind Kind { get; init; }

    public string? Text { get; init; }

    public long Received { get; init; }

    public long? Total { get; init; }

    /// <summary>The image's digest; null where the build failed.</summary>
    public Digest? Image { get; init; }

    /// <summary>What the steps of the image did.</summary>
    public IReadOnlyList<BuildStep>? Steps { get; init; }

    public FailureKind FailureKind { get; init; }

    public string? ErrorId { get; init; }

    public string? Remedy { get; init; }

    /// <summary>What happened, to be sent.</summary>
    public static BuildMessage From(BuildEvent happened) => happened switch
    {
        BuildStepStarted => new BuildMessage { Kind = BuildMessageKind.Started, Step = happened.Step },
        BuildStepFinished => new BuildMessage { Kind = BuildMessageKind.Finished, Step = happened.Step },
        BuildOutput output => new BuildMessage { Kind = output.IsError ? BuildMessageKind.Error : BuildMessageKind.Output, Step = happened.Step, Text = output.Text },
        BuildWarning warning => new BuildMessage { Kind = BuildMessageKind.Warning, Step = happened.Step, Text = warning.Message },
        BuildDownload download => new BuildMessage { Kind = BuildMessageKind.Download, Step = happened.Step, Text = download.Source, Received = download.Received, Total = download.Total },
        _ => throw new ArgumentException($"{happened.GetType().Name} has no message.", nameof(happened)),
    };

    /// <summary>A failure, to be sent.</summary>
    public static BuildMessage From(Exception failure) => failure switch
    {
        NsToolsException known => new BuildMessage { Kind = BuildMessageKind.Failed, FailureKind = known.Kind, ErrorId = known.ErrorId, Text = known.Message, Remedy = known.Remedy },
        Interop.Syscalls.SyscallException call => new BuildMessage { Kind = BuildMessageKind.Failed, FailureKind = FailureKind.InvalidState, ErrorId = $"{call.Name},{call.Syscall}", Text = call.Message },
        OperationCanceledException => new BuildMessage { Kind = BuildMessageKind.Cancelled },
        _ => new BuildMessage { Kind = BuildMessageKind.Failed, FailureKind = FailureKind.InvalidState, ErrorId = failure.GetType().Name, Text = failure.Message },
    };

    /// <summary>What happened, as it was; null for a message that ends the build.</summary>
    public BuildEvent? ToEvent() => Kind switch
    {
        BuildMessageKind.Started => new BuildStepStarted(Step!),
        BuildMessageKind.Finished => new BuildStepFinished(Step!),
        BuildMessageKind.Output or BuildMessageKind.Error => new BuildOutput(Step!, Kind == BuildMessageKind.Error, Text!),
        BuildMessageKind.Warning => new BuildWarning(Step!, Text!),
        BuildMessageKind.Download => new BuildDownload(Step!, Text!, Received, Total),
        _ => null,
    };
}

/// <summary>What a message tells.</summary>
internal enum BuildMessageKind
{
    Started,
    Finished,
    Output,
    Error,
    Warning,
    Download,
    Built,
    Failed,
    Cancelled,
}

/// <summary>Reads and writes orders and messages without reflection.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(DigestConverter)])]
[JsonSerializable(typeof(BuildOrder))]
[JsonSerializable(typeof(BuildMessage))]
internal sealed partial class BuildWorkerJson : JsonSerializerContext;
