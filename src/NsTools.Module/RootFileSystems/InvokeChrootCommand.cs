using System.Management.Automation;
using NsTools.Commands;
using NsTools.Module.Common;
using NsTools.RootFileSystems;

namespace NsTools.Module.RootFileSystems;

/// <summary>Invoke-Chroot: runs a program in another root.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "Chroot", SupportsShouldProcess = true, DefaultParameterSetName = FileSet)]
[OutputType(typeof(string), typeof(CommandResult))]
public sealed class InvokeChrootCommand : StreamingCommandCmdlet
{
    private const string FileSet = "File";
    private const string CommandSet = "Command";

    /// <summary>The directory to become the root.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("Root")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The program, looked up in PATH inside the root.</summary>
    [Parameter(ParameterSetName = FileSet, Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string FilePath { get; set; } = "";

    /// <summary>The program's arguments.</summary>
    [Parameter(ParameterSetName = FileSet, Position = 2, ValueFromRemainingArguments = true)]
    [AllowEmptyCollection]
    public string[] ArgumentList { get; set; } = [];

    /// <summary>A command line for /bin/sh -c inside the root.</summary>
    [Parameter(ParameterSetName = CommandSet, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string Command { get; set; } = "";

    /// <summary>Makes a user namespace in which the caller is root, which an ordinary user needs.</summary>
    [Parameter]
    public SwitchParameter MapRootUser { get; set; }

    /// <inheritdoc/>
    private protected override (string FilePath, IReadOnlyList<string> Arguments) GetCommand() =>
        ParameterSetName == CommandSet ? ("/bin/sh", ["-c", Command]) : (FilePath, ArgumentList);

    /// <inheritdoc/>
    private protected override CommandPlace GetPlace() => new ChangedRoot(ToFileSystemPath(Path), MapRootUser);

    /// <inheritdoc/>
    private protected override object? GetTarget() => Path;
}
