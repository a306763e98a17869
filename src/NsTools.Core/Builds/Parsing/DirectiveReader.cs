namespace NsTools.Builds.Parsing;

/// <summary>Reads the directives at the head of a Dockerfile; the first line that is none ends them.</summary>
internal static class DirectiveReader
{
    private static readonly string[] s_names = ["syntax", "escape", "check"];

    /// <summary>Reads them.</summary>
    /// <param name="text">The file's lines.</param>
    /// <param name="errors">Gets what is wrong with them.</param>
    public static List<DockerfileDirective> Read(DockerfileText text, List<DockerfileSyntaxError> errors)
    {
        List<DockerfileDirective> directives = [];
        for (int number = 1; number <= text.Count; number++)
        {
            ReadOnlySpan<char> line = text.Line(number).TrimStart();
            int equals = line.IndexOf('=');
            if (!line.StartsWith('#') || equals < 0)
                break;
            string name = line[1..equals].Trim().ToString().ToLowerInvariant();
            string value = line[(equals + 1)..].Trim().ToString();
            if (!s_names.Contains(name) || value.Length == 0)
                break;
            int column = text.Line(number).IndexOf('#') + 1;
            if (directives.Exists(other => other.Name == name))
                errors.Add(new DockerfileSyntaxError { Line = number, Column = column, Message = $"the directive {name} is there a second time", Remedy = "Remove one of them." });
            else if (name == "escape" && value is not ("\\" or "`"))
                errors.Add(new DockerfileSyntaxError { Line = number, Column = column, Message = $"'{value}' can't be the escape character", Remedy = "Only \\ and ` can." });
            else
                directives.Add(new DockerfileDirective { Name = name, Value = value, Line = number });
        }
        return directives;
    }
}
