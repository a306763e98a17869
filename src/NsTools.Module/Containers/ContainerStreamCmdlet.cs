using System.Management.Automation;
using NsTools.Commands;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>A cmdlet that passes the pipeline's input to a program of a container, and what that writes to the pipeline.</summary>
public abstract class ContainerStreamCmdlet : NsToolsCmdlet
{
    private CommandStreamer? _streamer;

    /// <summary>The container: a Container, a name, an ID or the beginning of one.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [ContainerTransformation]
    [ArgumentCompleter(typeof(ContainerCompleter))]
    public string Container { get; set; } = "";

    /// <summary>Standard input: a line each; bytes as they are.</summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyString]
    public PSObject? InputObject { get; set; }

    /// <summary>True when the program gets its input from the caller's words.</summary>
    private protected bool HasInput => MyInvocation.ExpectingInput || MyInvocation.BoundParameters.ContainsKey(nameof(InputObject));

    /// <summary>Starts the program; from then on its streams are the pipeline's.</summary>
    /// <param name="command">What it is, for the result.</param>
    /// <param name="isCollecting">True for one result at the end in place of lines as they come.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="start">Starts it.</param>
    private protected void Stream(IReadOnlyList<string> command, bool isCollecting, TimeSpan timeout, Func<CommandStreams, CommandSession> start)
    {
        CommandStreamer streamer = new(this, command, isCollecting);
        StopToken.UnsafeRegister(static streamer => ((CommandStreamer)streamer!).Stop(), streamer);
        streamer.Start(HasInput, timeout, start);
        _streamer = streamer;
    }

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
