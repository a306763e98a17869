using System.Collections;
using System.Management.Automation;
using NsTools.Containers;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>Invoke-Container: runs a program in a running container, under the container's restrictions.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "Container", SupportsShouldProcess = true, DefaultParameterSetName = FileSet)]
[OutputType(typeof(string), typeof(CommandResult))]
public sealed class InvokeContainerCommand : NsToolsCmdlet
{
    private const string FileSet = "File";
    private const string CommandSet = "Command";

    private CommandStreamer? _streamer;

    /// <summary>The container: a Container, a name, an ID or the beginning of one.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [ContainerTransformation]
    [ArgumentCompleter(typeof(ContainerCompleter))]
    public string Container { get; set; } = "";

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

    /// <summary>Standard input: a line each; bytes as they are.</summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyString]
    public PSObject? InputObject { get; set; }

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
        bool hasInput = MyInvocation.ExpectingInput || MyInvocation.BoundParameters.ContainsKey(nameof(InputObject));
        CommandStreamer streamer = new(this, command, PassThru);
        StopToken.UnsafeRegister(static streamer => ((CommandStreamer)streamer!).Stop(), streamer);
        streamer.Start(
            hasInput,
            TimeoutSec > 0 ? TimeSpan.FromSeconds(TimeoutSec) : Timeout.InfiniteTimeSpan,
            streams => new ContainerExecutor(store).Start(container.Id, execution, streams, StopToken));
        _streamer = streamer;
    });

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_streamer is { IsRunning: true } && InputObject is not null)
            ForItem(Container, () => _streamer.Write(InputObject));
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => ForItem(Container, () => _streamer?.Finish());

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _streamer?.Dispose();
        base.Dispose(disposing);
    }
}
