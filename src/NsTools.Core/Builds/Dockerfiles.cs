using NsTools.Builds.Parsing;

namespace NsTools.Builds;

/// <summary>Reads Dockerfiles.</summary>
public static class Dockerfiles
{
    /// <summary>The Dockerfile that a path means: itself, or the Containerfile or Dockerfile in a directory.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="NsToolsException">There is none (<c>DockerfileNotFound</c>).</exception>
    public static string Locate(string path)
    {
        if (File.Exists(path))
            return path;
        if (!Directory.Exists(path))
            throw new NsToolsException(FailureKind.NotFound, "DockerfileNotFound", $"{path} is not there.");
        // Buildah looks for its own name first.
        return Array.Find([Path.Join(path, "Containerfile"), Path.Join(path, "Dockerfile")], File.Exists)
            ?? throw new NsToolsException(FailureKind.NotFound, "DockerfileNotFound", $"{path} has neither a Containerfile nor a Dockerfile in it.", "Give the file itself; with Build-Image by -File.");
    }

    /// <summary>Reads all of a Dockerfile that can be read.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="path">Where it is from; null where it is from nowhere.</param>
    /// <param name="errors">What can't be read, in the order of the lines.</param>
    public static Dockerfile Read(string text, string? path, out IReadOnlyList<DockerfileSyntaxError> errors)
    {
        DockerfileParse parse = DockerfileParser.Parse(text, path);
        errors = parse.Errors;
        return parse.File;
    }
}
