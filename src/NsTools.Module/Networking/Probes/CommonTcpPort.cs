namespace NsTools.Module.Networking.Probes;

/// <summary>TCP ports by the name of what usually listens there: those of Windows' Test-NetConnection, and two of every Linux host.</summary>
public enum CommonTcpPort
{
    /// <summary>Web pages.</summary>
    Http = 80,

    /// <summary>Remote Desktop.</summary>
    Rdp = 3389,

    /// <summary>File shares.</summary>
    Smb = 445,

    /// <summary>PowerShell remoting over WS-Management.</summary>
    WinRM = 5985,

    /// <summary>Secure shell, and PowerShell remoting over it.</summary>
    Ssh = 22,

    /// <summary>Web pages, encrypted.</summary>
    Https = 443,
}
