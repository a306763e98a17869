using System.Buffers.Binary;
using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Interop.Processes;

/// <summary>The entries of a directory of proc whose names are numbers: processes, threads, descriptors (<c>getdents64(2)</c>).</summary>
internal static unsafe class NumberedEntries
{
    /// <summary>Reads them all.</summary>
    /// <param name="directory">The open directory; null gives nothing.</param>
    /// <param name="numbers">Takes the numbers.</param>
    public static void Read(SafeFileHandle? directory, List<int> numbers)
    {
        if (directory is null)
            return;
        const int Length = 16 * 1024;
        byte* buffer = stackalloc byte[Length];
        int descriptor = (int)directory.DangerousGetHandle();
        // An error in the middle means that the process has gone.
        for (long count; (count = (long)LibC.syscall(SyscallNumber.GetDents64, descriptor, buffer, Length)) > 0;)
        {
            ReadOnlySpan<byte> entries = new(buffer, (int)count);
            // struct linux_dirent64: d_ino 8, d_off 8, d_reclen 2, d_type 1, d_name.
            while (entries.Length > 19)
            {
                if (Utf8Parser.TryParse(entries[19..], out int number, out int digits) && entries[19 + digits] == 0)
                    numbers.Add(number);
                entries = entries[BinaryPrimitives.ReadUInt16LittleEndian(entries[16..])..];
            }
        }
        GC.KeepAlive(directory);
    }
}
