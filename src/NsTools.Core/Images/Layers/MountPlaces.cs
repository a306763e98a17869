namespace NsTools.Images.Layers;

/// <summary>The directories that one mount of an image needs beside its layers: what was made of them goes again unless it is kept.</summary>
internal sealed class MountPlaces : IDisposable
{
    private readonly string? _ownTarget;
    private readonly string? _ownWritable;
    private bool _isKept;

    /// <summary>Makes what is missing.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="writableRoot">Where directories for changes are made.</param>
    /// <param name="targetRoot">Where directories to mount on are made.</param>
    public MountPlaces(ImageMountRequest request, string writableRoot, string targetRoot)
    {
        string id = Guid.NewGuid().ToString("N")[..12];
        if (request.UpperDirectory is { } upper)
        {
            Directory.CreateDirectory(upper);
            (Upper, Work) = (upper, request.WorkDirectory ?? upper + ".work");
        }
        else if (request.IsWritable)
        {
            _ownWritable = Path.Join(writableRoot, id);
            Directory.CreateDirectory(writableRoot);
            Directory.CreateDirectory(_ownWritable, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            (Upper, Work) = (Path.Join(_ownWritable, "upper"), Path.Join(_ownWritable, "work"));
            Directory.CreateDirectory(Upper);
        }
        Target = request.Path ?? Path.Join(targetRoot, id);
        if (Directory.Exists(Target))
            return;
        Directory.CreateDirectory(Target);
        _ownTarget = Target;
    }

    /// <summary>Where to mount.</summary>
    public string Target { get; }

    /// <summary>What takes the changes; null for nothing.</summary>
    public string? Upper { get; }

    /// <summary>The work directory that goes with it.</summary>
    public string? Work { get; }

    /// <summary>All has been mounted: nothing is taken away.</summary>
    public void Keep() => _isKept = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isKept)
            return;
        if (_ownTarget is not null)
            Directory.Delete(_ownTarget);
        if (_ownWritable is not null)
            ImageMounter.Remove(_ownWritable);
    }
}
