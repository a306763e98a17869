using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;

namespace NsTools.RootFileSystems;

/// <summary>Removal of trees that may have files of the user's subordinate IDs.</summary>
internal static class OwnedTree
{
    /// <summary>Removes a directory with all that is in it, in a user namespace where it is needed.</summary>
    /// <param name="parent">The directory that it is in.</param>
    /// <param name="parentPath">That directory's path.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellation">Stops half-way.</param>
    public static void Remove(SafeFileHandle parent, string parentPath, string name, CancellationToken cancellation)
    {
        try
        {
            TreeRemover.Remove(parent, name, cancellation);
        }
        catch (SyscallException exception) when (exception.Name is "EACCES" or "EPERM")
        {
            if (UserNamespaceTool.ForCaller() is not { } tool)
                throw;
            tool.Run(parentPath, ["remove-tree", name], input: null, cancellation);
        }
    }
}
