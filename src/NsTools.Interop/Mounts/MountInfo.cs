using System.Buffers.Text;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Mounts;

/// <summary>Reads mount tables (<c>proc_pid_mountinfo(5)</c>).</summary>
public static class MountInfo
{
    /// <summary>The mounts of a process's mount namespace that its root directory can reach, in the kernel's order.</summary>
    /// <param name="path">A mountinfo file: <c>/proc/PID/mountinfo</c>.</param>
    /// <exception cref="SyscallException">It cannot be read; <c>EINVAL</c> for a process that is ending.</exception>
    public static IReadOnlyList<MountInfoEntry> Read(string path)
    {
        using SafeFileHandle file = Descriptor.Open(path, O_RDONLY);
        return Read(file, path);
    }

    /// <summary>The mounts of the calling thread's mount namespace.</summary>
    /// <param name="procfs">A descriptor of a procfs of the thread's PID namespace: the namespace itself may have none.</param>
    /// <exception cref="SyscallException">It cannot be read.</exception>
    public static IReadOnlyList<MountInfoEntry> ReadOfThread(SafeFileHandle procfs)
    {
        const string Name = "thread-self/mountinfo";
        using SafeFileHandle file = Descriptor.OpenAt(procfs, Name, O_RDONLY);
        return Read(file, Name);
    }

    /// <summary>Parses a whole table; lines that are not of its form are left out.</summary>
    /// <param name="table">The bytes of a mountinfo file.</param>
    public static IReadOnlyList<MountInfoEntry> Parse(ReadOnlySpan<byte> table)
    {
        List<MountInfoEntry> entries = [];
        foreach (Range range in table.Split((byte)'\n'))
        {
            if (TryParseLine(table[range]) is { } entry)
                entries.Add(entry);
        }
        return entries;
    }

    /// <summary>Parses one line.</summary>
    /// <param name="line">The line without its newline.</param>
    /// <returns>Null when the line is not of mountinfo's form.</returns>
    public static MountInfoEntry? TryParseLine(ReadOnlySpan<byte> line)
    {
        // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
        // (1)(2)(3)   (4)   (5)      (6)      (7)   (8) (9)   (10)         (11)
        Fields fields = new(line);
        if (!TryParseNumber(fields.Next(), out int id) || !TryParseNumber(fields.Next(), out int parent))
            return null;
        ReadOnlySpan<byte> device = fields.Next();
        int colon = device.IndexOf((byte)':');
        if (colon < 0 || !TryParseNumber(device[..colon], out int major) || !TryParseNumber(device[(colon + 1)..], out int minor))
            return null;
        ReadOnlySpan<byte> root = fields.Next();
        ReadOnlySpan<byte> target = fields.Next();
        ReadOnlySpan<byte> options = fields.Next();
        int? peerGroup = null, masterGroup = null;
        bool unbindable = false;
        while (true)
        {
            if (fields.AtEnd)
                return null;
            ReadOnlySpan<byte> field = fields.Next();
            if (field.SequenceEqual("-"u8))
                break;
            if (field.StartsWith("shared:"u8) && TryParseNumber(field["shared:".Length..], out int shared))
                peerGroup = shared;
            else if (field.StartsWith("master:"u8) && TryParseNumber(field["master:".Length..], out int master))
                masterGroup = master;
            else if (field.SequenceEqual("unbindable"u8))
                unbindable = true;
            // Others are for the future: "unrecognized optional fields should be ignored".
        }
        if (fields.AtEnd)
            return null;
        ReadOnlySpan<byte> type = fields.Next();
        ReadOnlySpan<byte> source = fields.Next();
        ReadOnlySpan<byte> fileSystemOptions = fields.Next();
        return new MountInfoEntry
        {
            Id = id,
            ParentId = parent,
            Major = major,
            Minor = minor,
            Root = Decode(root),
            Target = Decode(target),
            MountOptions = DecodeOptions(options),
            PeerGroup = peerGroup,
            MasterGroup = masterGroup,
            IsUnbindable = unbindable,
            FileSystem = Decode(type),
            Source = Decode(source),
            FileSystemOptions = DecodeOptions(fileSystemOptions),
        };
    }

    /// <summary>Undoes the kernel's octal escapes: <c>\040</c> is a space (<c>seq_escape</c> in <c>fs/seq_file.c</c>).</summary>
    /// <param name="field">The field's bytes; what is no escape stays as it is, and bytes that are not UTF-8 become U+FFFD.</param>
    public static string Decode(ReadOnlySpan<byte> field)
    {
        if (!field.Contains((byte)'\\'))
            return Encoding.UTF8.GetString(field);
        byte[] decoded = new byte[field.Length];
        int length = 0;
        for (int i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length
                && field[i + 1] is >= (byte)'0' and <= (byte)'3'
                && field[i + 2] is >= (byte)'0' and <= (byte)'7'
                && field[i + 3] is >= (byte)'0' and <= (byte)'7')
            {
                decoded[length++] = (byte)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0'));
                i += 3;
            }
            else
            {
                decoded[length++] = field[i];
            }
        }
        return Encoding.UTF8.GetString(decoded.AsSpan(0, length));
    }

    // Commas inside a value are escaped (seq_show_option), so the list is split first and its parts decoded then.
    private static List<string> DecodeOptions(ReadOnlySpan<byte> list)
    {
        List<string> options = [];
        foreach (Range range in list.Split((byte)','))
        {
            if (!list[range].IsEmpty)
                options.Add(Decode(list[range]));
        }
        return options;
    }

    private static bool TryParseNumber(ReadOnlySpan<byte> field, out int number) =>
        Utf8Parser.TryParse(field, out number, out int used) && used == field.Length;

    /// <summary>The mounts that an open mountinfo file tells of.</summary>
    /// <param name="file">The file, opened for reading.</param>
    /// <param name="path">What errors call it.</param>
    /// <exception cref="SyscallException">It cannot be read; <c>EINVAL</c> for a process that is ending.</exception>
    public static unsafe IReadOnlyList<MountInfoEntry> Read(SafeFileHandle file, string path)
    {
        byte[] buffer = new byte[64 * 1024];
        int filled = 0;
        while (true)
        {
            if (filled == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
            fixed (byte* bytes = &buffer[filled])
            {
                long count = read(Descriptor.Number(file), bytes, buffer.Length - filled);
                if (count < 0)
                    throw SyscallException.FromLastError("read", path);
                if (count == 0)
                    return Parse(buffer.AsSpan(0, filled));
                filled += (int)count;
            }
        }
    }

    /// <summary>Space-separated fields; each single space separates, because a field (the source) may be empty.</summary>
    private ref struct Fields(ReadOnlySpan<byte> line)
    {
        private ReadOnlySpan<byte> _rest = line;

        public bool AtEnd { get; private set; }

        public ReadOnlySpan<byte> Next()
        {
            int space = _rest.IndexOf((byte)' ');
            ReadOnlySpan<byte> field = space < 0 ? _rest : _rest[..space];
            AtEnd = space < 0;
            _rest = space < 0 ? default : _rest[(space + 1)..];
            return field;
        }
    }
}
