using System.Collections;
using System.Management.Automation;
using NsTools.Containers;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>Enter-Container: a shell in a running container, on this terminal.</summary>
[Cmdlet(VerbsCommon.Enter, "Container", SupportsShouldProcess = true)]
public sealed class EnterContainerCommand : NsToolsCmdlet
{
    /// <summary>The container: a Container, a name, an ID or the beginning of one.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [ContainerTransformation]
    [ArgumentCompleter(typeof(ContainerCompleter))]
    public string Container { get; set; } = "";

    /// <summary>The program; the user's login shell in the container when it is not given.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? FilePath { get; set; }

    /// <summary>The program's arguments.</summary>
    [Parameter(Position = 2, ValueFromRemainingArguments = true)]
    [AllowEmptyCollection]
    public string[] ArgumentList { get; set; } = [];

    /// <summary>The user: NAME or UID, with :GROUP or :GID if wanted; without it the container's.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? User { get; set; }

    /// <summary>The working directory inside; without it the container's.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? WorkingDirectory { get; set; }

    /// <summary>Variables on top of the container's; $null takes one away.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Environment { get; set; } = new Hashtable();

    /// <inheritdoc/>
    protected override void EndProcessing() => ForItem(Container, () =>
    {
        ContainerExecutor executor = new(ContainerStore.Current);
        Container container = ContainerStore.Current.Get(Container);
        string program = FilePath ?? executor.ShellOf(container.Id, User);
        if (!ShouldProcess(container.Name, ContainerShellCommand.Join(["exec", "-it", .. User is null ? (string[])[] : ["--user", User], container.Name, program, .. ArgumentList])))
            return;
        ContainerExecution execution = new()
        {
            Command = [program, .. ArgumentList],
            User = User,
            WorkingDirectory = WorkingDirectory,
            Environment = DictionaryText.Of(Environment),
        };
        SessionState.PSVariable.Set("global:LASTEXITCODE", executor.RunOnTerminal(container.Id, execution, StopToken).ExitCode);
    });
}
