namespace NsTools.Interop.Oci;

/// <summary>Checks that occur at many members of a config; each complaint names the JSON path.</summary>
internal static class SpecCheck
{
    public static void Text(string path, string? value)
    {
        if (string.IsNullOrEmpty(value))
            throw new RuntimeSpecException(path, "it is empty");
        NoNul(path, value);
    }

    public static void Absolute(string path, string? value)
    {
        Text(path, value);
        if (value![0] != '/')
            throw new RuntimeSpecException(path, $"'{value}' is not an absolute path");
    }

    public static void AbsoluteItems(string path, IReadOnlyList<string>? values)
    {
        for (int i = 0; i < (values?.Count ?? 0); i++)
        {
            if (values![i].Length == 0 || values[i][0] != '/' || values[i].Contains('\0', StringComparison.Ordinal))
                Absolute(JsonPath.Item(path, i), values[i]);
        }
    }

    public static void NoNul(string path, string? value)
    {
        if (value?.Contains('\0', StringComparison.Ordinal) == true)
            throw new RuntimeSpecException(path, "it contains a NUL character");
    }

    public static void NoNulItems(string path, IReadOnlyList<string>? values)
    {
        for (int i = 0; i < (values?.Count ?? 0); i++)
        {
            if (values![i].Contains('\0', StringComparison.Ordinal))
                NoNul(JsonPath.Item(path, i), values[i]);
        }
    }

    // environ(7), and as in runc: what has no name could not be looked up.
    public static void Environment(string path, IReadOnlyList<string>? variables)
    {
        NoNulItems(path, variables);
        for (int i = 0; i < (variables?.Count ?? 0); i++)
        {
            if (variables![i].IndexOf('=', StringComparison.Ordinal) <= 0)
                throw new RuntimeSpecException(JsonPath.Item(path, i), $"'{variables[i]}' is not NAME=value");
        }
    }

    public static void OneOf(string path, string value, IReadOnlyList<string> names)
    {
        foreach (string name in names)
        {
            if (name == value)
                return;
        }
        throw new RuntimeSpecException(path, $"'{value}' is not one of {string.Join(", ", names)}");
    }

    public static void AllOf(string path, IReadOnlyList<string>? values, IReadOnlyList<string> names)
    {
        for (int i = 0; i < (values?.Count ?? 0); i++)
            OneOf(JsonPath.Item(path, i), values![i], names);
    }

    public static void Range(string path, long value, long least, long most)
    {
        if (value < least || value > most)
            throw new RuntimeSpecException(path, $"{value} is not from {least} to {most}");
    }

    public static void Names<T>(string path, IReadOnlyDictionary<string, T>? map)
    {
        if (map is null)
            return;
        foreach (string name in map.Keys)
            Text(JsonPath.Member(path, name), name);
    }
}
