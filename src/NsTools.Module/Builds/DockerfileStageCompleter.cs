using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Builds;
using NsTools.Module.Common;

namespace NsTools.Module.Builds;

/// <summary>Completes the stages of the Dockerfile that is to be built.</summary>
public sealed class DockerfileStageCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        string context = fakeBoundParameters["Path"] as string ?? ".";
        string[] candidates = fakeBoundParameters["File"] is string given ? [given] : [Path.Join(context, "Containerfile"), Path.Join(context, "Dockerfile")];
        return Array.Find(candidates, File.Exists) is { } file
            ? Dockerfiles.Read(File.ReadAllText(file), file, out _).Stages.Where(stage => stage.Name is not null && typed.Matches(stage.Name)).Select(stage => typed.Result(stage.Name!, $"line {stage.StartLine}: FROM {stage.Base}"))
            : [];
    }
}
