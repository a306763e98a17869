using Microsoft.Win32.SafeHandles;
using NsTools.Images.Layers;
using NsTools.RootFileSystems;

namespace NsTools.Builds.Execution;

/// <summary>
/// Makes one layer of several: they are applied one after the other to what is below them, through an overlay. So the kernel
/// keeps what hides something below, and forgets what came and went between them.
/// </summary>
/// <param name="session">The build.</param>
internal sealed class LayerSquash(BuildSession session)
{
    /// <summary>Makes one of the layers that the request names.</summary>
    /// <param name="built">What was built.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The same, with that layer in their place.</returns>
    public async Task<StageState> RunAsync(StageState built, CancellationToken cancellation)
    {
        bool isAll = session.Request.Squash == BuildSquash.All;
        int kept = isAll ? 0 : built.Base.Layers;
        if (session.Request.Squash == BuildSquash.None || built.Layers.Count - kept < 2)
            return built;
        string key = built.KeyWith("squash", isAll.ToString());
        BuildLayer layer;
        if (session.Find(key) is { Layer: not null } known)
        {
            layer = new BuildLayer(known.Layer, Digest.Parse(known.DiffId!));
        }
        else
        {
            layer = await MakeAsync(built, kept, cancellation).ConfigureAwait(false);
            BuildCache.Add(key, new BuildCacheEntry { Created = session.Now, Layer = layer.Descriptor, DiffId = layer.DiffId.ToString() });
        }
        IReadOnlyList<ImageConfigHistory> history = built.Image.History;
        int steps = isAll ? 0 : built.Base.Steps;
        return new StageState
        {
            Image = built.Image with
            {
                RootFs = built.Image.RootFs with { DiffIds = [.. built.Image.RootFs.DiffIds.Take(kept), layer.DiffId] },
                // The last step is said to have made it all, as Buildah has it. The base's steps have no layer of their own any more.
                History = [.. history.Take(steps), .. history.Skip(built.Base.Steps).Select((step, i) => step with { EmptyLayer = built.Base.Steps + i < history.Count - 1 })],
            },
            Layers = [.. built.Layers.Take(kept), layer.Descriptor],
            Directories = [],
            Key = key,
        };
    }

    private async Task<BuildLayer> MakeAsync(StageState built, int kept, CancellationToken cancellation)
    {
        using StepLayer made = new(session.Layers, [.. built.Directories.Take(kept)]);
        await Task.Run(() => Apply(built, kept, made, cancellation), CancellationToken.None).ConfigureAwait(false);
        return await made.WriteAsync(session.Destination, session.Request.SourceDateEpoch, null, cancellation).ConfigureAwait(false);
    }

    private static void Apply(StageState built, int kept, StepLayer made, CancellationToken cancellation)
    {
        ImageLayer[] layers = [.. built.Layers.Zip(built.Image.RootFs.DiffIds).Select((pair, i) => new BuildLayer(pair.First, pair.Second).At(i)).Skip(kept)];
        ExpansionOptions options = new() { SkipsDevices = !LayerPrivileges.IsHostRoot };
        ExpansionTotals totals = new() { Length = layers.Sum(layer => layer.Size) };
        DirectMetadata metadata = new(setsOwner: true, warning: null, clearsAttributes: true);
        using LayerQueue queue = new(BuildSession.StoredLayers(built.Layers[kept]), layers, null, cancellation);
        using SafeFileHandle root = made.Open();
        using LayerExpansion expansion = new(root, hasLower: kept > 0, metadata, options, totals, cancellation);
        ImageExpander.Apply(queue, layers, expansion, options, totals);
        expansion.Complete();
    }
}
