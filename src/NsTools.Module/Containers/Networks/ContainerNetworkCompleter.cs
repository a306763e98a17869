using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Containers;
using NsTools.Containers.Networks;
using NsTools.Module.Common;

namespace NsTools.Module.Containers.Networks;

/// <summary>Completes the names of networks of containers.</summary>
public class ContainerNetworkCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public virtual IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        return ContainerNetworkStore.Current.List().Where(network => typed.Matches(network.Name))
            .Select(network => typed.Result(network.Name, $"{network.Driver} {string.Join(", ", network.Subnets)}"));
    }
}

/// <summary>Completes what <c>-Network</c> of a new container takes: the networks, and the words that mean something else.</summary>
public sealed class ContainerNetworkWordCompleter : ContainerNetworkCompleter
{
    /// <inheritdoc/>
    public override IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        IEnumerable<(string Word, string Tip)> words =
        [
            ("none", "A loopback device alone"), ("host", "The host's network"),
            .. HelperNetwork.Installed.Select(name => (name, "An ordinary user's way out")),
            .. ContainerStore.Current.ListNames().Select(name => ($"container:{name}", $"The network of the container {name}")),
        ];
        return [.. base.CompleteArgument(commandName, parameterName, wordToComplete, commandAst, fakeBoundParameters), .. words.Where(word => typed.Matches(word.Word)).Select(word => typed.Result(word.Word, word.Tip))];
    }
}
