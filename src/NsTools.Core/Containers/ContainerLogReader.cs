using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace NsTools.Containers;

/// <summary>Reads a container's log, from its supervisor's files: the last one that was begun anew, and the present one.</summary>
/// <param name="store">Where the container is.</param>
/// <param name="container">The container.</param>
public sealed class ContainerLogReader(ContainerStore store, Container container)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<ContainerLogStream, StringBuilder> _parts = new() { [ContainerLogStream.Output] = new(), [ContainerLogStream.Error] = new() };
    private readonly LineBuffer _lines = new();
    private DateTimeOffset _lastTime;

    private string LogPath => Path.Join(store.PathOf(container.Id), ContainerStarter.LogName);

    /// <summary>What is there.</summary>
    /// <param name="isFollowing">True to go on with what comes, until the container has ended.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public IEnumerable<ContainerLogEntry> Read(bool isFollowing, CancellationToken cancellation)
    {
        foreach (ContainerLogEntry entry in ReadFile(LogPath + ".1"))
            yield return entry;
        SafeFileHandle? file = TryOpen(LogPath);
        long position = 0;
        try
        {
            while (true)
            {
                // Asked first: what is written between the question and the reading is read.
                bool isLast = !isFollowing || store.Find(container.Id) is not { State: ContainerState.Running or ContainerState.Paused };
                file ??= TryOpen(LogPath);
                if (file is not null)
                {
                    foreach (ContainerLogEntry entry in ReadOn(file, ref position))
                        yield return entry;
                    if (WasBegunAnew(file))
                    {
                        file.Dispose();
                        (file, position) = (null, 0);
                        continue;
                    }
                }
                if (isLast)
                    break;
                cancellation.WaitHandle.WaitOne(s_pause);
                cancellation.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            file?.Dispose();
        }
        // A line without an end is one when nobody can go on with it.
        if (_parts.Values.All(parts => parts.Length == 0) || store.Find(container.Id) is { State: ContainerState.Running or ContainerState.Paused })
            yield break;
        foreach ((ContainerLogStream stream, StringBuilder parts) in _parts.Where(part => part.Value.Length > 0))
        {
            yield return new ContainerLogEntry { Time = _lastTime, Stream = stream, Text = parts.ToString(), Container = container.Name };
            parts.Clear();
        }
    }

    private List<ContainerLogEntry> ReadFile(string path)
    {
        using SafeFileHandle? file = TryOpen(path);
        long position = 0;
        return file is null ? [] : ReadOn(file, ref position);
    }

    private List<ContainerLogEntry> ReadOn(SafeFileHandle file, ref long position)
    {
        List<ContainerLogEntry> entries = [];
        byte[] buffer = new byte[64 * 1024];
        for (int count; (count = RandomAccess.Read(file, buffer, position)) > 0; position += count)
        {
            _lines.Add(buffer.AsSpan(0, count), line =>
            {
                if (Parse(line) is { } entry)
                    entries.Add(entry);
            });
        }
        return entries;
    }

    // TIME STREAM F|P TEXT; a part goes before the rest of its line.
    private ContainerLogEntry? Parse(ReadOnlySpan<byte> bytes)
    {
        string line = Encoding.UTF8.GetString(bytes);
        string[] fields = line.Split(' ', 4);
        if (fields.Length < 4 || !DateTimeOffset.TryParse(fields[0], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time))
            return null;
        _lastTime = time;
        ContainerLogStream stream = fields[1] == "stderr" ? ContainerLogStream.Error : ContainerLogStream.Output;
        StringBuilder parts = _parts[stream];
        parts.Append(fields[3]);
        if (fields[2] == "P" && parts.Length < 1024 * 1024)
            return null;
        string text = parts.ToString();
        parts.Clear();
        return new ContainerLogEntry { Time = time, Stream = stream, Text = text, Container = container.Name };
    }

    private bool WasBegunAnew(SafeFileHandle file)
    {
        using SafeFileHandle? now = TryOpen(LogPath);
        return now is not null && Interop.FileSystems.FileIdentity.Of(now) != Interop.FileSystems.FileIdentity.Of(file);
    }

    private static SafeFileHandle? TryOpen(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (FileNotFoundException)
        {
            return null; // never started, or never begun anew
        }
    }
}

/// <summary>Makes lines of bytes; text that is no UTF-8 stays what it is until a whole line is there.</summary>
internal sealed class LineBuffer
{
    private readonly List<byte> _rest = [];

    /// <summary>Takes bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="emit">Gets each line that is now complete.</param>
    public void Add(ReadOnlySpan<byte> bytes, LineReceiver emit)
    {
        for (int end; (end = bytes.IndexOf((byte)'\n')) >= 0; bytes = bytes[(end + 1)..])
        {
            if (_rest.Count == 0)
            {
                emit(bytes[..end]);
                continue;
            }
            _rest.AddRange(bytes[..end]);
            emit(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_rest));
            _rest.Clear();
        }
        _rest.AddRange(bytes);
    }
}

/// <summary>Takes a line.</summary>
internal delegate void LineReceiver(ReadOnlySpan<byte> line);
