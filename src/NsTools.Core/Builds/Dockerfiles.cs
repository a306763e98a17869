using NsTools.Builds.Parsing;

namespace NsTools.Builds;

/// <summary>Reads Dockerfiles.</summary>
public static class Dockerfiles
{
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
