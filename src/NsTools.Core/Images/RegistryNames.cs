namespace NsTools.Images;

/// <summary>The grammar of the parts of images' names (github.com/distribution/reference).</summary>
public static class RegistryNames
{
    /// <summary>True for what can be a registry's host and port.</summary>
    /// <param name="text">A text.</param>
    public static bool IsRegistry(string text) => ImageReferenceParser.IsRegistry(text);

    /// <summary>True for what can be a tag.</summary>
    /// <param name="text">A text.</param>
    public static bool IsTag(string text) => ImageReferenceParser.IsTag(text);
}
