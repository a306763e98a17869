namespace NsTools;

/// <summary>Whether a <see cref="HostFeature"/> works.</summary>
public enum HostFeatureStatus
{
    /// <summary>It works for the calling user.</summary>
    Available,

    /// <summary>It works in part, or for others than the calling user only, or it could not be tried.</summary>
    Limited,

    /// <summary>This host does not have it.</summary>
    Missing,
}
