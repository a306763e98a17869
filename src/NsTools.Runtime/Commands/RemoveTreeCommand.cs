using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;

namespace NsTools.Runtime.Commands;

/// <summary>
/// <c>nsrun remove-tree NAME</c>: removes a directory of the working directory with all that is in it. The module runs
/// it in a user namespace with the user's subordinate IDs, for trees whose files have such owners.
/// </summary>
internal static class RemoveTreeCommand
{
    public static int Run(string name)
    {
        if (name is "." or ".." or "" || name.Contains('/'))
            return StandardStream.Fail($"remove-tree: '{name}' is not a name");
        try
        {
            using SafeFileHandle parent = DirectoryHandle.Open(".");
            TreeRemover.Remove(parent, name, CancellationToken.None);
            return 0;
        }
        catch (SyscallException exception)
        {
            return StandardStream.Fail(exception.Message);
        }
    }
}
