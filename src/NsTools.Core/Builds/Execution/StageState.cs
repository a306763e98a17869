using System.Security.Cryptography;
using System.Text;
using NsTools.Images.Layers;

namespace NsTools.Builds.Execution;

/// <summary>What a stage is after a step: configuration, layers, variables.</summary>
internal sealed class StageState
{
    /// <summary>The configuration's document.</summary>
    public required ImageConfig Image { get; set; }

    /// <summary>The layers, the lowest first.</summary>
    public required List<ImageDescriptor> Layers { get; init; }

    /// <summary>How many of the layers, and of the steps of the history, are those of the image that the stages stand on.</summary>
    public (int Layers, int Steps) Base { get; init; }

    /// <summary>The layers' unpacked content, the lowest first.</summary>
    public required List<string> Directories { get; init; }

    /// <summary>What all so far is known by: the same steps on the same base have the same.</summary>
    public required string Key { get; set; }

    /// <summary>The ARGs that the stage has named and that have a value, in the order of naming.</summary>
    public List<KeyValuePair<string, string>> Arguments { get; } = [];

    /// <summary>Directories that WORKDIR names, and the users of then, who they are for; they are made with the next layer.</summary>
    public List<(string Path, string? User)> PendingDirectories { get; init; } = [];

    /// <summary>True once the stage has a CMD of its own, which ENTRYPOINT does not take away.</summary>
    public bool HasCommand { get; set; }

    /// <summary>What a container begins with.</summary>
    public ImageRunConfig Config
    {
        get => Image.Config;
        set => Image = Image with { Config = value };
    }

    /// <summary>The shell of commands in shell form.</summary>
    public IReadOnlyList<string> Shell => Config.Shell ?? ["/bin/sh", "-c"];

    /// <summary>The chain ID of all layers; null for none.</summary>
    public Digest? ChainId => LayerStore.ChainIdsOf(Image) is [.., Digest last] ? last : null;

    /// <summary>A stage that begins where this one ended.</summary>
    public StageState Continue() => new()
    {
        Image = Image,
        Layers = [.. Layers],
        Base = Base,
        Directories = [.. Directories],
        Key = Key,
        PendingDirectories = [.. PendingDirectories],
    };

    /// <summary>A variable's value: ENV goes before ARG.</summary>
    /// <param name="name">Its name.</param>
    public string? Variable(string name)
    {
        string prefix = name + "=";
        string? variable = Config.Env?.LastOrDefault(variable => variable.StartsWith(prefix, StringComparison.Ordinal));
        return variable?[prefix.Length..] ?? (Arguments.FindLast(pair => pair.Key == name) is { Key: not null } pair ? pair.Value : null);
    }

    /// <summary>Takes a step into the key.</summary>
    /// <param name="parts">All that makes a difference to what the step does.</param>
    public void Advance(params IEnumerable<string> parts) => Key = KeyWith(parts);

    /// <summary>What the key would be after a step.</summary>
    /// <param name="parts">All that makes a difference to what the step does.</param>
    public string KeyWith(params IEnumerable<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string part in parts.Prepend(Key))
        {
            // Its length before each part: "ab", "c" is not "a", "bc".
            byte[] bytes = Encoding.UTF8.GetBytes(part);
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Adds a step to the history, and the layer that it made.</summary>
    /// <param name="step">The step; null for none.</param>
    /// <param name="layer">The layer; null for none.</param>
    public void Add(ImageConfigHistory step, BuildLayer? layer)
    {
        Image = Image with { History = [.. Image.History, step with { EmptyLayer = layer is null }] };
        if (layer is null)
            return;
        Image = Image with { RootFs = Image.RootFs with { DiffIds = [.. Image.RootFs.DiffIds, layer.DiffId] } };
        Layers.Add(layer.Descriptor);
        PendingDirectories.Clear();
    }
}

/// <summary>A layer that a step made.</summary>
/// <param name="Descriptor">What points to its blob.</param>
/// <param name="DiffId">Digest of its archive.</param>
internal sealed record BuildLayer(ImageDescriptor Descriptor, Digest DiffId)
{
    /// <summary>It as a layer of an image.</summary>
    /// <param name="index">Its place, 0 for the lowest.</param>
    public ImageLayer At(int index) => new() { Index = index, Digest = Descriptor.Digest, DiffId = DiffId, MediaType = Descriptor.MediaType!, Size = Descriptor.Size };
}
