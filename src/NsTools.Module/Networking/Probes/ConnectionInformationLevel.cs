namespace NsTools.Module.Networking.Probes;

/// <summary>How much Test-NetConnection tells; the names are those of Windows' cmdlet.</summary>
public enum ConnectionInformationLevel
{
    /// <summary>An object with all that was found.</summary>
    Detailed,

    /// <summary>Only whether it works.</summary>
    Quiet,
}
