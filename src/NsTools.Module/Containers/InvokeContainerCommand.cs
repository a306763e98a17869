using System.Collections;
using System.Management.Automation;
using NsTools.Containers;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>Invoke-Container: runs a program in a running container, under the container's restrictions.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "Container", SupportsShouldProcess = true, DefaultParameterSetName = FileSet)]
[OutputType(typeof(string), typeof(CommandResult))]
public sealed class InvokeContainerCommand : ContainerStreamCmdlet
{
    private const string FileSet = "File";
    private const string CommandSet = "Command";

    /// <summary>The program, looked up in PATH inside the container.</summary>
    [Parameter(ParameterSetName = FileSet, Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string FilePath { get; set; } = "";

    /// <summary>The program's arguments.</summary>
    [Parameter(ParameterSetName = FileSet, Position = 2, ValueFromRemainingArguments = true)]
    [AllowEmptyCollection]
    [AllowEmptyString]
    public string[] ArgumentList { get; set; } = [];

    /// <summary>A command line for /bin/sh -c inside the container.</summary>
    [Parameter(ParameterSetName = CommandSet, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string Command { get; set; } = "";

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

    /// <summary>Standard input is the caller's own where the pipeline brings none.</summary>
    [Parameter]
    public SwitchParameter Interactive { get; set; }

    /// <summary>Gives the program a terminal, which is the caller's own.</summary>
    [Parameter]
    public SwitchParameter Tty { get; set; }

    /// <summary>How long it may take, in seconds; then it is killed.</summary>
    [Parameter]
    [ValidateRange(0.001, 2_000_000)]
    public double TimeoutSec { get; set; }

    /// <summary>Returns one CommandResult at the end in place of lines as they come.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => ForItem(Container, () =>
    {
        string[] command = ParameterSetName == CommandSet ? ["/bin/sh", "-c", Command] : [FilePath, .. ArgumentList];
        ContainerStore store = ContainerStore.Current;
        Container container = store.Get(Container);
        if (!ShouldProcess(container.Name, ContainerShellCommand.Join([.. User is null ? (string[])["exec"] : ["exec", "--user", User], container.Name, .. command])))
            return;
        ContainerExecution execution = new()
        {
            Command = command,
            User = User,
            WorkingDirectory = WorkingDirectory,
            Input = Interactive && !MyInvocation.ExpectingInput ? CommandStreamer.OwnInput : null,
            Environment = DictionaryText.Of(Environment),
        };
        if (Tty)
        {
            if (PassThru || TimeoutSec > 0 || MyInvocation.ExpectingInput)
                throw new NsToolsException(FailureKind.InvalidArgument, "TerminalHasNoStreams", "With -Tty the program has this terminal: there is nothing for -PassThru, -TimeoutSec or pipeline input.", "Leave out -Tty.");
            SessionState.PSVariable.Set("global:LASTEXITCODE", new ContainerExecutor(store).RunOnTerminal(container.Id, execution, StopToken).ExitCode);
            return;
        }
        Stream(
            command,
            PassThru,
            TimeoutSec > 0 ? TimeSpan.FromSeconds(TimeoutSec) : Timeout.InfiniteTimeSpan,
            streams => new ContainerExecutor(store).Start(container.Id, execution, streams, StopToken));
    });
}
