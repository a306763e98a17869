using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Init;

/// <summary>The user's home directory by the container's <c>passwd(5)</c>.</summary>
internal static unsafe class HomeDirectory
{
    // The file is the container's: no more of it is read than any real one has.
    private const int Limit = 1 << 20;

    /// <summary>Adds <c>HOME</c> to an environment that has none, as runc and crun do.</summary>
    /// <param name="environment">The environment, <c>NAME=value</c> each.</param>
    /// <param name="userId">The user.</param>
    public static IReadOnlyList<string> AddTo(IReadOnlyList<string> environment, uint userId)
    {
        foreach (string variable in environment)
        {
            if (variable.StartsWith("HOME=", StringComparison.Ordinal))
                return environment;
        }
        return [.. environment, $"HOME={Find(userId) ?? "/"}"];
    }

    private static string? Find(uint userId)
    {
        string number = userId.ToString(CultureInfo.InvariantCulture);
        foreach (string line in ReadUsers().Split('\n'))
        {
            string[] fields = line.Split(':');
            if (fields.Length >= 7 && fields[2] == number && fields[5].StartsWith('/') && !fields[5].Contains('\0', StringComparison.Ordinal))
                return fields[5];
        }
        return null;
    }

    private static string ReadUsers()
    {
        fixed (byte* path = "/etc/passwd\0"u8)
        {
            // It may be a FIFO, or a terminal.
            int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
            if (descriptor < 0)
                return "";
            using var file = new SafeFileHandle(descriptor, ownsHandle: true);
            stat status;
            if (fstat(descriptor, &status) < 0 || ((uint)status.st_mode & (uint)S_IFMT) != (uint)S_IFREG)
                return "";
            byte[] content = new byte[Math.Min((long)status.st_size, Limit)];
            int length = 0;
            fixed (byte* data = content)
            {
                while (length < content.Length)
                {
                    long count = read(descriptor, data + length, content.Length - length);
                    if (count <= 0)
                        break;
                    length += (int)count;
                }
            }
            return Encoding.UTF8.GetString(content, 0, length);
        }
    }
}
