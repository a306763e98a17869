namespace NsTools.Interop.FileSystems;

/// <summary>Why a name is no <see cref="RelativePath"/>.</summary>
public enum RelativePathProblem
{
    /// <summary>It is one.</summary>
    None,

    /// <summary>It is empty.</summary>
    Empty,

    /// <summary>It begins with a slash.</summary>
    Absolute,

    /// <summary>One of its components is <c>..</c>.</summary>
    ParentReference,

    /// <summary>It holds a NUL, where the kernel would end it.</summary>
    Nul,
}

/// <summary>
/// A path below some directory, as bytes (<c>path_resolution(7)</c> knows no encoding): no leading slash, no empty
/// component, no <c>.</c> and no <c>..</c>.
/// </summary>
public sealed class RelativePath
{
    private readonly byte[] _bytes;
    private readonly int _nameStart;

    private RelativePath(byte[] bytes)
    {
        _bytes = bytes;
        _nameStart = bytes.AsSpan().LastIndexOf((byte)'/') + 1;
    }

    /// <summary>The directory itself.</summary>
    public static RelativePath Root { get; } = new([0]);

    /// <summary>True for the directory itself.</summary>
    public bool IsRoot => _bytes.Length == 1;

    /// <summary>The whole path, with the NUL that ends it.</summary>
    public ReadOnlySpan<byte> Terminated => _bytes;

    /// <summary>The whole path, without the NUL that ends it.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _bytes.Length - 1);

    /// <summary>The directory that it lies in, without a slash at the end; empty for the top.</summary>
    public ReadOnlySpan<byte> Parent => _bytes.AsSpan(0, Math.Max(0, _nameStart - 1));

    /// <summary>The path of the directory that it lies in; of the directory itself that.</summary>
    public RelativePath ParentPath => _nameStart == 0 ? Root : new RelativePath([.. Parent, 0]);

    /// <summary>Its last component, with the NUL that ends it.</summary>
    public ReadOnlySpan<byte> TerminatedName => _bytes.AsSpan(_nameStart);

    /// <summary>Its last component, without the NUL that ends it.</summary>
    public ReadOnlySpan<byte> Name => _bytes.AsSpan(_nameStart, _bytes.Length - 1 - _nameStart);

    /// <summary>The path of something in this directory.</summary>
    /// <param name="name">One component, as another path has it.</param>
    public RelativePath Append(ReadOnlySpan<byte> name) =>
        IsRoot ? new RelativePath([.. name, 0]) : new RelativePath([.. Bytes, (byte)'/', .. name, 0]);

    /// <summary>True when this path is below a directory, at any depth.</summary>
    /// <param name="directory">The directory.</param>
    public bool IsBelow(RelativePath directory) =>
        directory.IsRoot ? !IsRoot : Bytes.Length > directory.Bytes.Length && Bytes[directory.Bytes.Length] == '/' && Bytes.StartsWith(directory.Bytes);

    /// <summary>How many components it has; 0 for the directory itself.</summary>
    public int Depth => IsRoot ? 0 : Bytes.Count((byte)'/') + 1;

    /// <summary>Reads a path; <c>./</c> and doubled slashes are taken out.</summary>
    /// <param name="raw">The bytes, without a NUL at the end.</param>
    /// <param name="path">The path; <see cref="Root"/> unless the result is <see cref="RelativePathProblem.None"/>.</param>
    /// <returns>What is wrong with it.</returns>
    public static RelativePathProblem TryParse(ReadOnlySpan<byte> raw, out RelativePath path)
    {
        path = Root;
        if (raw.IsEmpty)
            return RelativePathProblem.Empty;
        if (raw[0] == '/')
            return RelativePathProblem.Absolute;
        if (raw.Contains((byte)0))
            return RelativePathProblem.Nul;
        byte[] bytes = new byte[raw.Length + 1];
        int length = 0;
        foreach (Range range in raw.Split((byte)'/'))
        {
            ReadOnlySpan<byte> component = raw[range];
            if (component.IsEmpty || component.SequenceEqual("."u8))
                continue;
            if (component.SequenceEqual(".."u8))
                return RelativePathProblem.ParentReference;
            if (length > 0)
                bytes[length++] = (byte)'/';
            component.CopyTo(bytes.AsSpan(length));
            length += component.Length;
        }
        if (length > 0)
            path = new RelativePath(length + 1 == bytes.Length ? bytes : bytes[..(length + 1)]);
        return RelativePathProblem.None;
    }

    /// <summary>The path for a message, see <see cref="DisplayName"/>.</summary>
    public override string ToString() => IsRoot ? "." : DisplayName.Of(Bytes);
}
