using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace NsTools.Containers;

/// <summary>Names and IDs of containers.</summary>
internal static partial class ContainerName
{
    private const int IdLength = 32;

    private static readonly string[] s_qualities =
        ["brave", "calm", "clever", "eager", "fair", "gentle", "happy", "keen", "kind", "lucid", "merry", "mild", "neat", "proud", "quick", "quiet", "sharp", "swift", "warm", "wise"];

    private static readonly string[] s_birds =
        ["auk", "coot", "crane", "crow", "dove", "eider", "finch", "gull", "heron", "ibis", "jay", "kite", "lark", "owl", "plover", "raven", "rook", "swan", "tern", "wren"];

    /// <summary>A new ID.</summary>
    public static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdLength));

    /// <summary>True for what is an ID.</summary>
    public static bool IsId(string text) => text.Length == 2 * IdLength && text.All(char.IsAsciiHexDigitLower);

    /// <summary>A name for one that was given none.</summary>
    /// <param name="isTaken">Whether a name is taken.</param>
    public static string Choose(Func<string, bool> isTaken)
    {
        for (int attempt = 0; ; attempt++)
        {
            string name = $"{s_qualities[RandomNumberGenerator.GetInt32(s_qualities.Length)]}_{s_birds[RandomNumberGenerator.GetInt32(s_birds.Length)]}";
            if (attempt >= 5)
                name += RandomNumberGenerator.GetInt32(100_000).ToString(System.Globalization.CultureInfo.InvariantCulture);
            if (!isTaken(name))
                return name;
        }
    }

    /// <summary>Checks a name for a new container.</summary>
    /// <exception cref="NsToolsException">It is not of the form (<c>InvalidContainerName</c>).</exception>
    public static string Validate(string name) => Form().IsMatch(name)
        ? name
        : throw new NsToolsException(
            FailureKind.InvalidArgument,
            "InvalidContainerName",
            $"'{name}' cannot be the name of a container.",
            "Use 1 to 128 letters, digits, '_', '.' and '-', beginning with a letter or digit.");

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_.-]{0,127}\z")]
    private static partial Regex Form();
}
