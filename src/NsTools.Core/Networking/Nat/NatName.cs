using System.Text.RegularExpressions;

namespace NsTools.Networking.Nat;

/// <summary>Names of NATs: they stand in a rule's comment, which has 128 bytes (<c>nft(8)</c>).</summary>
internal static partial class NatName
{
    /// <summary>Makes sure that a name can be one.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="NsToolsException">It cannot (<c>InvalidNatName</c>).</exception>
    public static void Check(string name)
    {
        if (!Allowed().IsMatch(name))
            throw new NsToolsException(FailureKind.InvalidArgument, "InvalidNatName", $"'{name}' cannot be the name of a NAT.", "Give 1 to 40 letters, digits, dots, hyphens or underscores of ASCII.");
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,40}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Allowed();
}
