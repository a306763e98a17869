namespace NsTools.Builds;

/// <summary>What a build gave.</summary>
/// <param name="Image">The image.</param>
/// <param name="Steps">What each step did, in the order of the Dockerfile.</param>
public sealed record BuildResult(Image Image, IReadOnlyList<BuildStep> Steps);
