using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;

namespace NsTools.Interop.Seccomp;

/// <summary>
/// Compiled system call filters, kept beside the containers' state: an engine gives every container the same profile, and
/// libseccomp takes ten milliseconds for it. Each is a file that begins with all that it was compiled from, so that it
/// can be taken for no other; the directory is its owner's alone.
/// </summary>
internal sealed class FilterCache
{
    // No container's ID has a comma.
    private const string Prefix = ",seccomp-";
    private const int MostFiles = 32;
    private const int HeaderLength = 2 * sizeof(int);

    private readonly string _directory;
    private readonly byte[] _key;

    private FilterCache(string directory, byte[] key) => (_directory, _key) = (directory, key);

    /// <summary>The place of a filter.</summary>
    /// <param name="directory">Where the containers' state is; null for no cache.</param>
    /// <param name="seccomp">What it is compiled from.</param>
    /// <param name="library">Version of the library that compiles it.</param>
    public static FilterCache? Of(string? directory, SeccompSpec seccomp, string? library) =>
        directory is null ? null : new FilterCache(directory, Key(seccomp, library));

    /// <summary>The filter; null when it is not there.</summary>
    public (byte[] Program, string? Warning)? Read()
    {
        byte[] content;
        try
        {
            content = File.ReadAllBytes(FilePath());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        // Another one's by chance, or one that is just being written.
        if (content.Length < HeaderLength + _key.Length || !content.AsSpan(HeaderLength, _key.Length).SequenceEqual(_key))
            return null;
        int warning = BinaryPrimitives.ReadInt32LittleEndian(content), program = BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(sizeof(int)));
        ReadOnlySpan<byte> rest = content.AsSpan(HeaderLength + _key.Length);
        if (warning < 0 || program <= 0 || rest.Length != (long)warning + program)
            return null;
        return (rest[warning..].ToArray(), warning == 0 ? null : Encoding.UTF8.GetString(rest[..warning]));
    }

    /// <summary>Keeps a filter; where that cannot be, it is compiled again the next time.</summary>
    /// <param name="program">The filter.</param>
    /// <param name="warning">What was to be warned of; null for nothing.</param>
    public void Write(ReadOnlySpan<byte> program, string? warning)
    {
        byte[] text = Encoding.UTF8.GetBytes(warning ?? "");
        byte[] content = new byte[HeaderLength + _key.Length + text.Length + program.Length];
        BinaryPrimitives.WriteInt32LittleEndian(content, text.Length);
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(sizeof(int)), program.Length);
        _key.CopyTo(content, HeaderLength);
        text.CopyTo(content, HeaderLength + _key.Length);
        program.CopyTo(content.AsSpan(HeaderLength + _key.Length + text.Length));
        try
        {
            string[] files = Directory.GetFiles(_directory, Prefix + "*");
            if (files.Length >= MostFiles)
                Array.ForEach(files, File.Delete);
            AtomicFile.Write(FilePath(), content, UnixFileMode.UserRead | UnixFileMode.UserWrite, isSynchronized: false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SyscallException)
        {
            // Somebody else writes the same file, or the disk is full.
        }
    }

    // FNV-1a: it only has to spread; what the file begins with decides.
    private string FilePath()
    {
        ulong hash = 14695981039346656037;
        foreach (byte value in _key)
            hash = (hash ^ value) * 1099511628211;
        return string.Create(CultureInfo.InvariantCulture, $"{_directory.TrimEnd('/')}/{Prefix}{hash:x16}");
    }

    // Every text ends with a character that none of them has, and every list with another: no two filters have one key.
    private static byte[] Key(SeccompSpec seccomp, string? library)
    {
        var key = new StringBuilder(8192);
        Add("1", library, System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString(), seccomp.DefaultAction);
        key.Append(CultureInfo.InvariantCulture, $"{seccomp.DefaultErrnoRet}\u0001");
        Add([.. seccomp.Architectures ?? []]);
        foreach (SeccompRule rule in seccomp.Syscalls ?? [])
        {
            foreach (string name in rule.Names)
                key.Append(name).Append('\0');
            key.Append(CultureInfo.InvariantCulture, $"\u0001{rule.Action}\0{rule.ErrnoRet}\0");
            foreach (SeccompArgument argument in rule.Args ?? [])
                key.Append(CultureInfo.InvariantCulture, $"{argument.Index}\0{argument.Value}\0{argument.ValueTwo}\0{argument.Op}\0");
            key.Append('\u0001');
        }
        return Encoding.UTF8.GetBytes(key.ToString());

        void Add(params string?[] texts)
        {
            foreach (string? text in texts)
                key.Append(text).Append('\0');
            key.Append('\u0001');
        }
    }
}
