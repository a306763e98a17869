namespace NsTools;

/// <summary>State of an address; the names are those of Windows' NetTCPIP.</summary>
public enum NetAddressState
{
    /// <summary>Being checked for duplicates: not usable yet.</summary>
    Tentative = 1,

    /// <summary>Somebody else has it.</summary>
    Duplicate = 2,

    /// <summary>Not to be used for new connections.</summary>
    Deprecated = 3,

    /// <summary>Usable.</summary>
    Preferred = 4,
}
