using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Containers.Pods.Clusters;
using NsTools.Module.Common;

namespace NsTools.Module.Containers.Pods;

/// <summary>Completes the contexts of the kubeconfig.</summary>
public sealed class KubeContextCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        string[] given = fakeBoundParameters["KubeConfig"] switch
        {
            string text => [text],
            object[] texts => [.. texts.OfType<string>()],
            _ => [],
        };
        return ClusterConnection.ContextsOf(KubeConfigFiles.Find(given, Path.GetFullPath)).Where(typed.Matches).Select(name => typed.Result(name, $"context {name}"));
    }
}
