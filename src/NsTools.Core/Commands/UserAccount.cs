namespace NsTools.Commands;

/// <summary>A user as a root's <c>/etc/passwd</c> has it.</summary>
/// <param name="UserId">Its ID inside.</param>
/// <param name="GroupId">Its primary group's ID inside.</param>
/// <param name="Groups">Its supplementary groups' IDs.</param>
/// <param name="Home">Its home directory.</param>
/// <param name="Shell">Its login shell.</param>
internal sealed record UserAccount(uint UserId, uint GroupId, IReadOnlyList<uint> Groups, string Home, string Shell)
{
    /// <summary>An account that is written down nowhere.</summary>
    /// <param name="userId">Its ID.</param>
    /// <param name="groupId">Its group's ID.</param>
    public static UserAccount Default(uint userId, uint groupId) =>
        new(userId, groupId, [], userId == 0 ? "/root" : "/", "/bin/sh");
}
