using System.Management.Automation;
using NsTools.Builds;

namespace NsTools.Module.Builds;

/// <summary>ConvertFrom-Dockerfile: the instructions of Dockerfiles as objects.</summary>
[Cmdlet(VerbsData.ConvertFrom, "Dockerfile", DefaultParameterSetName = PathSet)]
[OutputType(typeof(DockerfileInstruction))]
[OutputType(typeof(Dockerfile))]
public sealed class ConvertFromDockerfileCommand : DockerfileCmdlet
{
    /// <summary>Returns each file as one object, with its directives, stages and instructions.</summary>
    [Parameter]
    public SwitchParameter AsDocument { get; set; }

    /// <inheritdoc/>
    private protected override void Process(string text, string? path)
    {
        Dockerfile file = Dockerfiles.Read(text, path, out IReadOnlyList<DockerfileSyntaxError> errors);
        foreach (DockerfileSyntaxError error in errors)
        {
            ForItem(error, () => throw new NsToolsException(
                FailureKind.InvalidData,
                "DockerfileSyntaxError",
                $"{(path is null ? "" : $"{path}, ")}line {error.Line}, column {error.Column}: {error.Message}.",
                error.Remedy));
        }
        if (AsDocument)
            WriteObject(file);
        else
            WriteObject(file.Instructions, enumerateCollection: true);
    }
}
