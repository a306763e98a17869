namespace NsTools.Interop.Cgroups.Systemd;

/// <summary>A D-Bus peer answered with an error, answered nonsense, or did not answer.</summary>
/// <param name="name">The error's name: the peer's own (<c>org.freedesktop.systemd1.UnitExists</c>), or one of the constants here.</param>
/// <param name="message">What happened.</param>
public sealed class DBusException(string name, string message) : IOException($"{name}: {message.TrimEnd('.')}.")
{
    /// <summary>A message that is not of the wire format, or none that was asked for.</summary>
    public const string InconsistentMessage = "org.freedesktop.DBus.Error.InconsistentMessage";

    /// <summary>No answer in time, as the reference implementation names it.</summary>
    public const string NoReply = "org.freedesktop.DBus.Error.NoReply";

    /// <summary>The connection has ended.</summary>
    public const string Disconnected = "org.freedesktop.DBus.Error.Disconnected";

    /// <summary>The bus does not accept who we are.</summary>
    public const string AuthFailed = "org.freedesktop.DBus.Error.AuthFailed";

    /// <summary>There is no bus at its address, or the address is of a kind that this client does not speak.</summary>
    public const string NoServer = "org.freedesktop.DBus.Error.NoServer";

    /// <summary>The error's name.</summary>
    public string Name { get; } = name;
}
