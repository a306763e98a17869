using System.Text.RegularExpressions;

namespace NsTools.Namespaces;

/// <summary>Names of namespace sets: safe as a file's name, and for <c>ip netns</c>.</summary>
public static partial class NamespaceName
{
    /// <summary>Checks a name for a new set.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The name.</returns>
    /// <exception cref="NsToolsException">It is not of the form (<c>InvalidNamespaceName</c>).</exception>
    public static string Validate(string name) => IsValid(name)
        ? name
        : throw new NsToolsException(
            FailureKind.InvalidArgument,
            "InvalidNamespaceName",
            $"'{name}' cannot be the name of a namespace set.",
            "Use 1 to 64 letters, digits, '_', '.' and '-', beginning with a letter or digit; digits alone are a process ID.");

    /// <summary>True for a name that a set can have.</summary>
    /// <param name="name">The name.</param>
    public static bool IsValid(string name) => Form().IsMatch(name);

    [GeneratedRegex(@"\A(?![0-9]+\z)[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\z")]
    private static partial Regex Form();
}
