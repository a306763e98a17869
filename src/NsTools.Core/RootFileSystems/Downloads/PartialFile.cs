using System.Security.Cryptography;
using NsTools.Interop.Syscalls;

namespace NsTools.RootFileSystems.Downloads;

/// <summary>A file in the making, <c>FILE.partial</c>; with what identifies its source's state, <c>FILE.partial.etag</c>.</summary>
internal sealed class PartialFile : IDisposable
{
    private const int NoSpace = 28, WouldBlock = 11;

    private readonly string _destination;
    private readonly FileStream _file;
    private string? _validator;
    private bool _isDone;

    private PartialFile(string destination, FileStream file)
    {
        _destination = destination;
        _file = file;
        Length = file.Length;
        if (Length > 0 && File.Exists(ValidatorPath))
            _validator = File.ReadAllText(ValidatorPath).Trim();
    }

    /// <summary>Bytes in it.</summary>
    public long Length { get; private set; }

    /// <summary>The server's validator of what is in it (an entity tag or a date); null where it gave none.</summary>
    public string? Validator
    {
        get => _validator;
        set
        {
            if (_validator == value)
                return;
            _validator = value;
            if (value is null)
                File.Delete(ValidatorPath);
            else
                File.WriteAllText(ValidatorPath, value);
        }
    }

    private string Path => _destination + ".partial";

    private string ValidatorPath => _destination + ".partial.etag";

    /// <summary>Opens or makes it; another process that is at it is an error.</summary>
    /// <exception cref="NsToolsException">Its directory is not there, or another process downloads the same file.</exception>
    public static PartialFile Open(string destination)
    {
        string? directory = System.IO.Path.GetDirectoryName(destination);
        if (!Directory.Exists(directory))
        {
            throw new NsToolsException(
                FailureKind.NotFound, "DestinationParentNotFound", $"The directory '{directory}' does not exist.", $"Make it: New-Item -ItemType Directory '{directory}'.");
        }
        try
        {
            // FileShare.None takes an advisory lock, as every .NET process sees it.
            var file = new FileStream(destination + ".partial", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            return new PartialFile(destination, file);
        }
        catch (IOException exception) when (exception.HResult == WouldBlock)
        {
            throw new NsToolsException(
                FailureKind.InvalidState,
                "DownloadInProgress",
                $"Another process is downloading '{destination}'.",
                "Wait until it has finished.",
                exception);
        }
    }

    /// <summary>Puts a part of it through a hash.</summary>
    /// <returns>How many bytes.</returns>
    public int Hash(IncrementalHash hash, long offset)
    {
        byte[] buffer = new byte[1 << 20];
        int read = RandomAccess.Read(_file.SafeFileHandle, buffer, offset);
        hash.AppendData(buffer, 0, read);
        return read;
    }

    /// <summary>Adds to it.</summary>
    public void Append(ReadOnlySpan<byte> content)
    {
        try
        {
            RandomAccess.Write(_file.SafeFileHandle, content, Length);
        }
        catch (IOException exception) when (exception.HResult == NoSpace)
        {
            throw new SyscallException("pwrite", NoSpace, Path);
        }
        Length += content.Length;
    }

    /// <summary>Empties it.</summary>
    public void Clear()
    {
        _file.SetLength(0);
        Length = 0;
        Validator = null;
    }

    /// <summary>Gives it its real name.</summary>
    public void Complete()
    {
        _file.Flush(flushToDisk: true);
        File.Move(Path, _destination, overwrite: true);
        File.Delete(ValidatorPath);
        _isDone = true;
    }

    /// <summary>Throws it away: what is in it is wrong.</summary>
    public void Discard()
    {
        File.Delete(Path);
        File.Delete(ValidatorPath);
        _isDone = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        // Nothing received is nothing to resume.
        if (!_isDone && Length == 0)
        {
            File.Delete(Path);
            File.Delete(ValidatorPath);
        }
    }
}
