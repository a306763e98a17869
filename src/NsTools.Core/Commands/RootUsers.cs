using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.RootFileSystems;

namespace NsTools.Commands;

/// <summary>Who a command in a root of the host's runs as.</summary>
internal static class RootUsers
{
    /// <summary>The account.</summary>
    /// <param name="request">The command.</param>
    /// <param name="root">The root; null for the caller's own.</param>
    /// <param name="userId">Who it is when no user was asked for.</param>
    /// <param name="groupId">That user's group.</param>
    /// <exception cref="NsToolsException">There is no such user or group.</exception>
    public static UserAccount Resolve(CommandRequest request, string? root, uint userId, uint groupId)
    {
        // A program that is named needs nothing of passwd: most commands, and each look-up costs.
        if (request.User is null && request.FilePath is not null)
            return UserAccount.Default(userId, groupId);
        // An overlay over the host's root is empty until its mounts are made; its users are the host's.
        using SafeFileHandle directory = PathInRoot.OpenRoot(root is null || RootFileSystemMounts.For(root).Count > 0 ? "/" : root);
        return Resolve(request, new UserDatabase(directory), userId, groupId);
    }

    /// <summary>The account.</summary>
    /// <param name="request">The command.</param>
    /// <param name="users">The target's users.</param>
    /// <param name="userId">Who it is when no user was asked for.</param>
    /// <param name="groupId">That user's group.</param>
    /// <exception cref="NsToolsException">There is no such user or group.</exception>
    public static UserAccount Resolve(CommandRequest request, UserDatabase users, uint userId, uint groupId) =>
        request.User is null ? users.Of(userId, groupId) : users.Resolve(request.User);
}
