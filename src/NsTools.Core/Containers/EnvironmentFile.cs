namespace NsTools.Containers;

/// <summary>Files of variables, as <c>podman run --env-file</c> reads them.</summary>
public static class EnvironmentFile
{
    /// <summary>
    /// Reads one: <c>NAME=VALUE</c> a line, the value taken as it is; <c>NAME</c> alone takes the caller's value where it has
    /// one, <c>NAME*</c> all whose names begin so; <c>#</c> begins a comment.
    /// </summary>
    /// <param name="path">Path of the file.</param>
    /// <exception cref="NsToolsException">It is not there (<c>EnvironmentFileNotFound</c>), or a line has no name (<c>InvalidEnvironmentFile</c>).</exception>
    public static IEnumerable<(string Name, string Value)> Read(string path)
    {
        if (!File.Exists(path))
            throw new NsToolsException(FailureKind.NotFound, "EnvironmentFileNotFound", $"There is no file '{path}'.", "Give a file with a line NAME=VALUE for each variable.");
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            string text = line.TrimStart();
            if (text.Length == 0 || text.StartsWith('#'))
                continue;
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? text.TrimEnd() : text[..equals];
            if (name.Length == 0 || name.Any(char.IsWhiteSpace))
                throw new NsToolsException(FailureKind.InvalidArgument, "InvalidEnvironmentFile", $"'{path}', line {number}: '{line}' names no variable.", "Write NAME=VALUE, without spaces in the name.");
            if (equals >= 0)
                yield return (name, text[(equals + 1)..]);
            else
                foreach ((string, string) own in OfCaller(name))
                    yield return own;
        }
    }

    private static IEnumerable<(string Name, string Value)> OfCaller(string name) =>
        Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Select(entry => (Name: (string)entry.Key, Value: (string?)entry.Value ?? ""))
            .Where(entry => name.EndsWith('*') ? entry.Name.StartsWith(name[..^1], StringComparison.Ordinal) : entry.Name == name);
}
