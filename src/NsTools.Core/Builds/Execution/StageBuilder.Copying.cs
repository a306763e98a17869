using Microsoft.Win32.SafeHandles;
using NsTools.Builds.Contexts;
using NsTools.Builds.Remote;
using NsTools.Images.Layers;

namespace NsTools.Builds.Execution;

/// <content>COPY and ADD.</content>
internal sealed partial class StageBuilder
{
    private async Task<BuildStep> CopyAsync(StageState state, DockerfileInstruction instruction, BuildStep step, bool isTreeNeeded, CancellationToken cancellation)
    {
        string? from = instruction.GetFlag("from");
        StageSource source = await session.OpenSourceAsync(stage, from, cancellation).ConfigureAwait(false);
        using SafeFileHandle tree = source.Open(session.Layers);
        GoPattern[] excludes = [.. instruction.Flags.Where(flag => flag.Name == "exclude").Select(flag => GoPattern.Parse(session.Variables.Expand(flag.Value!, state.Variable), hasDoubleStar: true))];
        SourceSelection selection = new(tree, from is null ? session.Ignore : null, excludes);
        RemoteSources remotes = BringRemotes(state, instruction, step, trusts: !session.Request.IsUncached, cancellation);
        try
        {
            CopyPlan plan = Plan();
            if (!remotes.IsWhole && !IsKnown(state, instruction, plan, selection, cancellation))
            {
                // The same as ever, but what was made of it then is gone.
                plan.Fingerprint.Dispose();
                remotes.Dispose();
                remotes = BringRemotes(state, instruction, step, trusts: false, cancellation);
                plan = Plan();
            }
            return await CopyAsync(state, instruction, step, plan, selection, remotes.Select(excludes), isTreeNeeded, cancellation).ConfigureAwait(false);
        }
        finally
        {
            remotes.Dispose();
        }

        CopyPlan Plan() => CopyPlan.Make(instruction, state, session.Variables, selection, remotes, excludes, cancellation);
    }

    private RemoteSources BringRemotes(StageState state, DockerfileInstruction instruction, BuildStep step, bool trusts, CancellationToken cancellation)
    {
        RemoteOptions options = new()
        {
            Checksum = instruction.GetFlag("checksum") is { } checksum ? session.Variables.Expand(checksum, state.Variable) : null,
            KeepsGitDirectory = CopyPlan.IsSet(instruction, "keep-git-dir"),
            Progress = (source, received, total) => session.Request.Observer?.Invoke(new BuildDownload(step, source, received, total)),
            Notice = message => session.Request.Observer?.Invoke(new BuildWarning(step, message)),
        };
        return RemoteSources.Bring(instruction, CopyPlan.WordsOf(instruction, state, session.Variables)[..^1], options, session.Layers, trusts, cancellation);
    }

    private bool IsKnown(StageState state, DockerfileInstruction instruction, CopyPlan plan, SourceSelection selection, CancellationToken cancellation)
    {
        plan.Fingerprint.Recall(session.Contents);
        plan.Fingerprint.Complete(selection, session.Contents, cancellation);
        return session.Find(state.KeyWith([instruction.Instruction, plan.Digest, .. plan.Manner])) is { Layer: not null };
    }

    private async Task<BuildStep> CopyAsync(
        StageState state, DockerfileInstruction instruction, BuildStep step, CopyPlan plan, SourceSelection selection, SourceSelection? remotes, bool isTreeNeeded, CancellationToken cancellation)
    {
        using SourceFingerprint fingerprint = plan.Fingerprint;
        string outline = state.KeyWith(["outline", instruction.Instruction, fingerprint.Outline, .. plan.Manner]);
        fingerprint.Recall(session.Contents);
        // A tree that nothing needs any more is not written: its layer takes large files from where they are. And where no
        // earlier build can have done the same, their content is hashed then, and not before.
        bool isFinished = false;
        bool isLeft = !isTreeNeeded && !plan.HasRemotes && fingerprint.LargeSize >= LeastToLeave;
        if (!isLeft || session.Find(outline) is not null)
        {
            Finish();
            if (TryTake(state, step, StepText.OfCopy(instruction, plan), isTreeNeeded, cancellation) is { } cached)
                return cached;
        }
        // Found a moment ago, and its layer taken away since.
        if (plan.HasRemotes && plan.Remotes.Count == 0)
            throw BuildFailure.At(FailureKind.InvalidState, "BuildCacheChanged", instruction, "the layer of an earlier build went away while it was taken.", "Build again.");
        BuildStep done = await LayerAsync(state, step, Finish, () =>
        {
            StepLayer layer = new(session.Layers, state.Directories) { StandIns = isLeft ? new StandIns() : null };
            try
            {
                using SafeFileHandle root = layer.Open();
                CopyStep.MakePending(root, state);
                CopyStep copy = new(plan, selection, remotes, root, cancellation) { StandIns = layer.StandIns, Memory = session.Contents };
                copy.Run(message => session.Request.Observer?.Invoke(new BuildWarning(step, message)));
                return layer;
            }
            catch
            {
                layer.Dispose();
                throw;
            }
        }, cancellation).ConfigureAwait(false);
        BuildCache.Add(outline, new BuildCacheEntry { Created = session.Now });
        return done;

        string Finish()
        {
            if (!isFinished)
            {
                fingerprint.Complete(selection, session.Contents, cancellation);
                state.Advance([instruction.Instruction, plan.Digest, .. plan.Manner]);
                isFinished = true;
            }
            return StepText.OfCopy(instruction, plan);
        }
    }
}
