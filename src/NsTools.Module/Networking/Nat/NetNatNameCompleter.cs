using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking.Nat;

namespace NsTools.Module.Networking.Nat;

/// <summary>Completes the names of NATs, in the namespace that the command line has already.</summary>
public sealed class NetNatNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        return [.. Find(fakeBoundParameters["Namespace"]).Where(nat => typed.Matches(nat.Name))
            .Select(nat => typed.Result(nat.Name, $"{nat.Name} {nat.InternalIPInterfaceAddressPrefix}"))];
    }

    private static IReadOnlyList<NetNat> Find(object? place)
    {
        try
        {
            NamespaceReference? reference = place?.ToString() is { Length: > 0 } text ? NamespaceReference.FromText(text) : null;
            return new NatService(reference, CancellationToken.None).List();
        }
        // Nothing to complete with where nothing may be read.
        catch (Exception failure) when (Failure.IsExpected(failure))
        {
            return [];
        }
    }
}
