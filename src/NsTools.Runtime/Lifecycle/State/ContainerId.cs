
namespace NsTools.Runtime.Lifecycle.State;

/// <summary>What may be a container's ID: a name for one directory, and runc's rule, which engines rely on.</summary>
internal static class ContainerId
{
    private const int MaximumLength = 255; // NAME_MAX

    /// <summary>Checks an ID.</summary>
    /// <exception cref="ContainerException">It is none.</exception>
    public static void Require(string id)
    {
        if (id.Length is 0 or > MaximumLength)
            throw new ContainerException($"a container's ID has 1 to {MaximumLength} characters, '{id}' has {id.Length}");
        if (id is "." or ".." || id.Any(letter => !char.IsAsciiLetterOrDigit(letter) && !"_+-.".Contains(letter, StringComparison.Ordinal)))
            throw new ContainerException($"'{id}' cannot be a container's ID: letters, digits, '_', '+', '-' and '.' are allowed");
    }
}
