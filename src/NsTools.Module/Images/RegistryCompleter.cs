using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Images.Credentials;
using NsTools.Module.Common;

namespace NsTools.Module.Images;

/// <summary>Completes the registries that there are log-ins to.</summary>
public sealed class RegistryCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        IReadOnlyList<RegistryConnection> connections;
        try
        {
            connections = CredentialStore.List(null);
        }
        catch (Exception exception) when (Failure.IsExpected(exception))
        {
            // A file that cannot be read is told of when the command runs.
            connections = [];
        }
        return connections.Where(c => typed.Matches(c.Registry)).Select(c => typed.Result(c.Registry, $"{c.UserName ?? "identity token"}, {c.Source}"));
    }
}
