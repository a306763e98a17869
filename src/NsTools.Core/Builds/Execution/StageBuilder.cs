using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using NsTools.Builds.Contexts;
using NsTools.Builds.Parsing;

namespace NsTools.Builds.Execution;

/// <summary>Builds one stage, step by step.</summary>
/// <param name="session">The build.</param>
/// <param name="stage">The stage.</param>
internal sealed partial class StageBuilder(BuildSession session, DockerfileStage stage)
{
    // Below this, a tree that is there for the next who needs it is worth more than the time that writing it takes.
    private const long LeastToLeave = 32 << 20;

    private readonly ConfigSteps _config = new(session.Variables);
    private readonly List<BuildStep> _steps = [];

    /// <summary>What each step did.</summary>
    public IReadOnlyList<BuildStep> Steps => _steps;

    /// <summary>Builds it.</summary>
    /// <param name="cancellation">Ends it; steps that are done are kept for the next build.</param>
    public async Task<StageState> BuildAsync(CancellationToken cancellation)
    {
        StageState state = null!;
        DockerfileInstruction from = stage.Instructions[0];
        await StepAsync(from, 1, async step =>
        {
            state = await session.OpenBaseAsync(stage, cancellation).ConfigureAwait(false);
            return step;
        }).ConfigureAwait(false);
        DockerfileInstruction[] triggers = [.. TriggersOf(state, from)];
        state.Config = state.Config with { OnBuild = null };
        int number = 1;
        bool isUsed = session.IsUsed(stage);
        DockerfileInstruction[] instructions = [.. triggers, .. stage.Instructions.Skip(1)];
        foreach (DockerfileInstruction instruction in instructions)
        {
            cancellation.ThrowIfCancellationRequested();
            bool isTreeNeeded = isUsed || instructions.Skip(number).Any(MakesLayer);
            await StepAsync(instruction, ++number, step => StepAsync(state, instruction, step, isTreeNeeded, cancellation)).ConfigureAwait(false);
        }
        return state;
    }

    private static bool MakesLayer(DockerfileInstruction instruction) => instruction.Instruction is "RUN" or "COPY" or "ADD";

    // What the base image left for those who build on it.
    private static IEnumerable<DockerfileInstruction> TriggersOf(StageState state, DockerfileInstruction from)
    {
        foreach (string text in state.Config.OnBuild ?? [])
        {
            DockerfileParse parse = DockerfileParser.Parse($"FROM scratch\n{text}\n", null);
            if (parse.Errors.Count > 0 || parse.File.Instructions.Count != 2)
                throw BuildFailure.At(FailureKind.InvalidData, "InvalidTrigger", from, $"the base image's ONBUILD '{Images.DisplayText.Of(text)}' can't be read.");
            yield return parse.File.Instructions[1] with { StartLine = from.StartLine, Path = from.Path };
        }
    }

    private async Task StepAsync(DockerfileInstruction instruction, int number, Func<BuildStep, Task<BuildStep>> work)
    {
        BuildStep step = new()
        {
            Number = number,
            Count = stage.Instructions.Count,
            Stage = stage.ToString(),
            Instruction = instruction.Instruction,
            Text = instruction.Text,
            Line = instruction.StartLine,
        };
        session.Request.Observer?.Invoke(new BuildStepStarted(step));
        Stopwatch watch = Stopwatch.StartNew();
        BuildStep done = await BuildFailure.GuardAsync(instruction, () => work(step)).ConfigureAwait(false) with { Duration = watch.Elapsed };
        _steps.Add(done);
        session.Request.Observer?.Invoke(new BuildStepFinished(done));
    }

    private Task<BuildStep> StepAsync(StageState state, DockerfileInstruction instruction, BuildStep step, bool isTreeNeeded, CancellationToken cancellation) => instruction.Instruction switch
    {
        "RUN" => RunAsync(state, instruction, step, isTreeNeeded, cancellation),
        "COPY" or "ADD" => CopyAsync(state, instruction, step, isTreeNeeded, cancellation),
        _ => Task.FromResult(Configure(state, instruction, step)),
    };

    private BuildStep Configure(StageState state, DockerfileInstruction instruction, BuildStep step)
    {
        _config.Apply(state, instruction);
        if (session.Request.Format == ImageFormat.Oci && instruction.Instruction is "HEALTHCHECK" or "SHELL" or "ONBUILD")
            session.Request.Observer?.Invoke(new BuildWarning(step, $"{instruction.Instruction} is no part of the OCI format: Buildah and Podman do not see it in the image. -Format Docker has it."));
        // What its variables came to is in the configuration.
        state.Advance(instruction.Text, string.Join('\0', state.Config.Env ?? []), string.Join('\0', state.Arguments), state.Config.WorkingDir ?? "", state.Config.User ?? "");
        bool isCached = session.Find(state.Key) is { } known && Add(known);
        if (!isCached)
        {
            BuildCacheEntry entry = new() { Created = session.Now };
            BuildCache.Add(state.Key, entry);
            Add(entry);
        }
        return step with { IsCached = isCached };

        bool Add(BuildCacheEntry entry)
        {
            state.Add(History(StepText.Of(instruction), entry.Created), null);
            return true;
        }
    }

    private async Task<BuildStep> RunAsync(StageState state, DockerfileInstruction instruction, BuildStep step, bool isTreeNeeded, CancellationToken cancellation)
    {
        RunStep run = new(session.Request, state, instruction);
        RunMountSpecification[] specifications =
            [.. instruction.Flags.Where(flag => flag.Name == "mount").Select(flag => RunMountSpecification.Parse(instruction, session.Variables.Expand(flag.Value!, state.Variable), state.Config))];
        if (instruction.GetFlag("security") is not (null or "sandbox") || instruction.GetFlag("device") is not null)
            throw BuildFailure.At(FailureKind.NotSupported, "RunOptionNotSupported", instruction, "RUN --security=insecure and --device give the host away, and are not supported.");
        RunMountSpecification[] binds = [.. specifications.Where(mount => mount.Type == "bind")];
        Dictionary<string, StageSource> trees = [];
        foreach (string? name in binds.Select(mount => mount.From).Distinct())
            trees[name ?? ""] = await session.OpenSourceAsync(stage, name, cancellation).ConfigureAwait(false);
        string[] sources = [.. binds.Select(bind => MountKey(bind, trees[bind.From ?? ""], cancellation))];
        KeyValuePair<string, string>[] arguments = [.. state.Arguments.Where(pair => state.Config.Env?.Any(v => v.StartsWith(pair.Key + "=", StringComparison.Ordinal)) != true)];
        state.Advance(["RUN", .. run.Command, .. arguments.Select(pair => $"{pair.Key}={pair.Value}"), .. instruction.Flags.Select(flag => flag.ToString()), .. sources, string.Join('\0', session.Request.Mounts)]);
        string text = StepText.OfRun(instruction, state.Shell, arguments);
        if (TryTake(state, step, text, isTreeNeeded, cancellation) is { } cached)
            return cached;
        return await LayerAsync(state, step, () => text, () =>
        {
            using RunMounts mounts = RunMounts.Prepare(specifications, session.Request, name => trees[name ?? ""].Mount(session.Layers), cancellation);
            return run.Run(session.Layers, mounts, arguments.Concat(session.Variables.Proxies), (isError, line) => session.Request.Observer?.Invoke(new BuildOutput(step, isError, line)), cancellation);
        }, cancellation).ConfigureAwait(false);
    }

    private string MountKey(RunMountSpecification bind, StageSource source, CancellationToken cancellation)
    {
        if (source.Key is { } key)
            return key;
        using SafeFileHandle root = source.Open(session.Layers);
        SourceSelection selection = new(root, session.Ignore, []);
        using SourceFingerprint fingerprint = new();
        foreach (SelectedSource found in selection.Find(bind.Source))
            selection.AddTo(fingerprint, found, selection.Exclusion(found, cancellation), hasOwners: true, cancellation);
        fingerprint.Recall(session.Contents);
        fingerprint.Complete(selection, session.Contents, cancellation);
        return fingerprint.Value;
    }

    // What an earlier build did; null where it must be done.
    private BuildStep? TryTake(StageState state, BuildStep step, string text, bool isTreeNeeded, CancellationToken cancellation)
    {
        if (session.Find(state.Key) is not { Layer: not null } known)
            return null;
        BuildLayer layer = new(known.Layer, Digest.Parse(known.DiffId!));
        if (isTreeNeeded)
            session.Unpack(state, layer, cancellation);
        state.Add(History(text, known.Created), layer);
        return step with { IsCached = true, Layer = known.Layer.Digest, Size = known.Layer.Size };
    }

    private async Task<BuildStep> LayerAsync(StageState state, BuildStep step, Func<string> finish, Func<StepLayer> make, CancellationToken cancellation)
    {
        await session.Slots.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            using StepLayer made = make();
            BuildLayer layer = await made.WriteAsync(session.Destination, session.Request.SourceDateEpoch, null, cancellation).ConfigureAwait(false);
            DateTimeOffset created = session.Now;
            state.Add(History(finish(), created), layer);
            if (made.StandIns is null)
                state.Directories.Add(made.Keep(state.ChainId!));
            BuildCache.Add(state.Key, new BuildCacheEntry { Created = created, Layer = layer.Descriptor, DiffId = layer.DiffId.ToString() });
            return step with { Layer = layer.Descriptor.Digest, Size = layer.Descriptor.Size };
        }
        finally
        {
            session.Slots.Release();
        }
    }

    private ImageConfigHistory History(string text, DateTimeOffset created) => new() { Created = created, CreatedBy = session.Request.CreatedBy ?? text };
}
