using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Interop.Syscalls;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Completes the names of links, in the namespace that the command line names so far.</summary>
public sealed class LinkNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        // Only bridges can take ports.
        Func<NetLink, bool> wanted = parameterName == "Bridge" ? l => l.Kind == "bridge" : _ => true;
        return List(fakeBoundParameters["Namespace"]).Where(wanted).Where(l => typed.Matches(l.Name))
            .Select(l => typed.Result(l.Name, $"{l.Kind ?? l.LinkType} {l.State}"));
    }

    private static IReadOnlyList<NetLink> List(object? given)
    {
        try
        {
            object? value = given is PSObject wrapped ? wrapped.BaseObject : given;
            NamespaceReference? reference = value switch
            {
                null => null,
                NamespaceSet set => NamespaceReference.FromSet(set),
                LinuxNamespace one => NamespaceReference.FromNamespace(one),
                System.Diagnostics.Process process => NamespaceReference.FromProcess(process.Id),
                _ => NamespaceReference.FromText(value.ToString() ?? ""),
            };
            using NetworkNamespace networkNamespace = NetworkNamespace.Open(reference);
            return new LinkService(networkNamespace).List();
        }
        catch (Exception failure) when (failure is NsToolsException or SyscallException)
        {
            // A completion has no place for errors; the command will tell.
            return [];
        }
    }
}
