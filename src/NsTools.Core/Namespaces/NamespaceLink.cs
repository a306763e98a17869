using System.Buffers.Text;

namespace NsTools.Namespaces;

/// <summary>The text by which the kernel calls a namespace: <c>net:[4026531840]</c> (<c>namespaces(7)</c>).</summary>
internal static class NamespaceLink
{
    /// <summary>Long enough for every such text.</summary>
    public const int MaximumLength = 64;

    /// <summary>Reads one.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="type">The kind.</param>
    /// <param name="id">The identity.</param>
    /// <returns>False for every other text.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out NamespaceType type, out long id)
    {
        type = default;
        id = 0;
        int separator = text.IndexOf(":["u8);
        if (separator < 0 || text[^1] != ']')
            return false;
        NamespaceType? found = TypeOf(text[..separator]);
        type = found.GetValueOrDefault();
        return found is not null
            && Utf8Parser.TryParse(text[(separator + 2)..], out id, out int digits)
            && separator + 2 + digits == text.Length - 1;
    }

    private static NamespaceType? TypeOf(ReadOnlySpan<byte> name) => name switch
    {
        _ when name.SequenceEqual("mnt"u8) => NamespaceType.Mount,
        _ when name.SequenceEqual("net"u8) => NamespaceType.Network,
        _ when name.SequenceEqual("pid"u8) => NamespaceType.Pid,
        _ when name.SequenceEqual("user"u8) => NamespaceType.User,
        _ when name.SequenceEqual("uts"u8) => NamespaceType.Uts,
        _ when name.SequenceEqual("ipc"u8) => NamespaceType.Ipc,
        _ when name.SequenceEqual("cgroup"u8) => NamespaceType.Cgroup,
        _ when name.SequenceEqual("time"u8) => NamespaceType.Time,
        _ => null,
    };
}
