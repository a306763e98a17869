using NsTools.Runtime.Commands.Options;

namespace NsTools.Runtime.Lifecycle.Attachments;

/// <summary>
/// The keys with which one leaves a container that one is attached to, as Docker and Podman have them: <c>ctrl-p,ctrl-q</c>,
/// <c>a,b</c>; an empty text for none. Keys that begin them are held back until it is clear what they are.
/// </summary>
internal sealed class DetachKeys
{
    /// <summary>What there is when nothing is said.</summary>
    public const string Usual = "ctrl-p,ctrl-q";

    private readonly byte[] _keys;
    private int _matched;

    /// <summary>Reads them.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="UsageException">There is no such key.</exception>
    public DetachKeys(string text) => _keys = text.Length == 0 ? [] : [.. text.Split(',').Select(Key)];

    /// <summary>Takes what was typed.</summary>
    /// <param name="typed">The bytes.</param>
    /// <param name="passed">What of it, and of what was held back, is for the container.</param>
    /// <returns>True when the keys are complete: the rest is not looked at.</returns>
    public bool Take(ReadOnlySpan<byte> typed, List<byte> passed)
    {
        foreach (byte key in typed)
        {
            if (_keys.Length > 0 && key == _keys[_matched])
            {
                if (++_matched == _keys.Length)
                    return true;
                continue;
            }
            passed.AddRange(_keys.AsSpan(0, _matched));
            // It may be the first one of a new attempt.
            _matched = _keys.Length > 1 && key == _keys[0] ? 1 : 0;
            if (_matched == 0)
                passed.Add(key);
        }
        return false;
    }

    // ASCII: control and a letter or one of @[\]^_ are the codes 0 to 31.
    private static byte Key(string text)
    {
        const string Prefix = "ctrl-";
        if (text is [> ' ' and < (char)127])
            return (byte)text[0];
        if (text.Length == Prefix.Length + 1 && text.StartsWith(Prefix, StringComparison.Ordinal) && char.ToUpperInvariant(text[^1]) is >= '@' and <= '_' and var letter)
            return (byte)(letter - '@');
        throw new UsageException($"option '--detach-keys' is of keys such as a or ctrl-p with commas between, '{text}' is none");
    }
}
