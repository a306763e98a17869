namespace NsTools.Interop.Oci;

/// <summary>A config says something that is wrong, or that cannot be done here.</summary>
/// <param name="path">JSON path of the member, such as <c>$.mounts[2].destination</c>.</param>
/// <param name="problem">What is wrong with it.</param>
public sealed class RuntimeSpecException(string path, string problem) : Exception($"config {path}: {problem.TrimEnd('.')}.")
{
    /// <summary>JSON path of the member, such as <c>$.mounts[2].destination</c>.</summary>
    public string Path { get; } = path;

    /// <summary>What is wrong with it.</summary>
    public string Problem { get; } = problem.TrimEnd('.');
}
