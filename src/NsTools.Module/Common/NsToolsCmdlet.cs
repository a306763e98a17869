using System.Management.Automation;

namespace NsTools.Module.Common;

/// <summary>
/// What every cmdlet of NsTools has: an error record for each failing item instead of an exception, a token that
/// Ctrl+C cancels, and file system paths resolved as PowerShell resolves them.
/// </summary>
public abstract class NsToolsCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Cancelled when the pipeline is stopped (Ctrl+C).</summary>
    private protected CancellationToken StopToken => _stopping.Token;

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopping.Cancel();

    /// <summary>Runs one item's work; a failure becomes a non-terminating error for that item.</summary>
    /// <param name="target">What the error names as its target.</param>
    /// <param name="work">The work.</param>
    private protected void ForItem(object? target, Action work)
    {
        try
        {
            work();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (Exception exception) when (Failure.IsExpected(exception))
        {
            WriteError(Failure.ToErrorRecord(exception, target));
        }
    }

    /// <summary>A file system path in the user's words as an absolute one of the operating system.</summary>
    /// <param name="path">A path, possibly relative to PowerShell's location or on a PSDrive.</param>
    internal string ToFileSystemPath(string path)
    {
        if (path.Contains('\0'))
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "InvalidPath", $"'{path.Replace("\0", "\\0")}' has a NUL character in it, which no path can have.");
        }
        string resolved;
        ProviderInfo provider;
        try
        {
            resolved = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out provider, out _);
        }
        catch (SessionStateException failure)
        {
            throw new NsToolsException(FailureKind.NotFound, failure.ErrorRecord.FullyQualifiedErrorId, failure.Message, "Get-PSDrive shows the drives that there are.", failure);
        }
        return provider.Name == "FileSystem"
            ? Path.GetFullPath(resolved)
            : throw new NsToolsException(
                FailureKind.InvalidArgument,
                "NotAFileSystemPath",
                $"'{path}' is a path of the {provider.Name} provider, not of the file system.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends what the cmdlet holds.</summary>
    /// <param name="disposing">False from a finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
            _stopping.Dispose();
    }
}
