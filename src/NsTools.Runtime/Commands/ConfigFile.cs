using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Commands;

/// <summary>Reads the config from a descriptor, wherever its offset stands: both stages read the same one.</summary>
internal static unsafe class ConfigFile
{
    public static RuntimeSpec Read(int descriptor)
    {
        stat status;
        if (fstat(descriptor, &status) < 0)
            throw SyscallException.FromLastError("fstat", "config.json");
        byte[] content = new byte[(long)status.st_size];
        fixed (byte* data = content)
        {
            for (int done = 0; done < content.Length;)
            {
                long length = pread(descriptor, data + done, content.Length - done, done);
                if (length <= 0)
                    throw SyscallException.FromLastError("pread", "config.json");
                done += (int)length;
            }
        }
        return RuntimeSpecJson.Deserialize(content);
    }
}
