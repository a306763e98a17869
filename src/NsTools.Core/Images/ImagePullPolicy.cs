namespace NsTools;

/// <summary>When an image is brought from its registry.</summary>
public enum ImagePullPolicy
{
    /// <summary>When the store does not have it.</summary>
    Missing,

    /// <summary>Each time.</summary>
    Always,

    /// <summary>Not at all.</summary>
    Never,
}
