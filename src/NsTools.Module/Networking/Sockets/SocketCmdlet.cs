using System.Globalization;
using System.Management.Automation;
using System.Net;
using NsTools.Module.Common;
using NsTools.Namespaces;

namespace NsTools.Module.Networking.Sockets;

/// <summary>What the cmdlets that list sockets have in common: by which end and which process to choose, and where to look.</summary>
/// <typeparam name="T">The socket.</typeparam>
public abstract class SocketCmdlet<T> : NsToolsCmdlet
    where T : NetSocket
{
    /// <summary>Only with these local addresses; wildcards.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] LocalAddress { get; set; } = [];

    /// <summary>Only with these local ports.</summary>
    [Parameter(Position = 1)]
    [ValidateRange(0, ushort.MaxValue)]
    public int[] LocalPort { get; set; } = [];

    /// <summary>Only with these remote addresses; wildcards.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] RemoteAddress { get; set; } = [];

    /// <summary>Only with these remote ports.</summary>
    [Parameter]
    [ValidateRange(0, ushort.MaxValue)]
    public int[] RemotePort { get; set; } = [];

    /// <summary>Only of these processes: objects or IDs.</summary>
    [Parameter]
    [ProcessIdTransformation]
    [ArgumentCompleter(typeof(ProcessIdCompleter))]
    public int[] OwningProcess { get; set; } = [];

    /// <summary>The network namespaces to look in; the caller's own if none is given.</summary>
    [Parameter(ValueFromPipeline = true)]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(ProcessNamespaceCompleter))]
    public NamespaceReference?[]? Namespace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (NamespaceReference? reference in Namespace is { Length: > 0 } given ? given : [null])
        {
            ForItem(reference, () =>
            {
                List<T> found = [.. Read(reference, StopToken).Where(Matches)];
                WriteObject(found, enumerateCollection: true);
                if (found.Count == 0 && Literals() is { Length: > 0 } literals)
                    throw NotFound(literals, reference);
            });
        }
    }

    /// <summary>Reads the sockets of a namespace.</summary>
    private protected abstract IReadOnlyList<T> Read(NamespaceReference? reference, CancellationToken cancellationToken);

    private bool Matches(T socket) =>
        MatchesAddress(LocalAddress, socket.LocalAddress)
        && MatchesAddress(RemoteAddress, socket.RemoteAddress)
        && MatchesNumber(LocalPort, socket.LocalPort)
        && MatchesNumber(RemotePort, socket.RemotePort)
        && MatchesNumber(OwningProcess, socket.OwningProcess);

    private static bool MatchesNumber(int[] wanted, int number) => wanted.Length == 0 || wanted.Contains(number);

    private static bool MatchesAddress(string[] wanted, IPAddress address) =>
        wanted.Length == 0 || wanted.Any(text => IPAddress.TryParse(text, out IPAddress? parsed)
            ? parsed.Equals(address)
            : WildcardPattern.Get(text, WildcardOptions.IgnoreCase).IsMatch(address.ToString()));

    /// <summary>What was asked for by its very value; a pattern, or a state, may match nothing.</summary>
    private string Literals()
    {
        if (LocalAddress.Concat(RemoteAddress).Any(WildcardPattern.ContainsWildcardCharacters))
            return "";
        return string.Join(", ", new[]
        {
            Named(nameof(LocalAddress), LocalAddress),
            Named(nameof(LocalPort), LocalPort.Select(Text)),
            Named(nameof(RemoteAddress), RemoteAddress),
            Named(nameof(RemotePort), RemotePort.Select(Text)),
            Named(nameof(OwningProcess), OwningProcess.Select(Text)),
        }.OfType<string>());
    }

    private static string? Named(string name, IEnumerable<string> values) =>
        values.Any() ? $"{name} {string.Join(" or ", values)}" : null;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private NsToolsException NotFound(string literals, NamespaceReference? reference) => new(
        FailureKind.NotFound,
        "SocketNotFound",
        $"No {Kind} has {literals} in {(reference is null ? "this network namespace" : $"the network namespace of {reference.DisplayName}")}.",
        $"{MyInvocation.MyCommand.Name} without parameters shows those that there are; another user's processes are shown to root only.");

    private protected abstract string Kind { get; }
}
