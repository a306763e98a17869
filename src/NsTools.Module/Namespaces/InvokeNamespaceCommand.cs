using System.Management.Automation;
using NsTools.Commands;
using NsTools.Module.Common;
using NsTools.Namespaces;

namespace NsTools.Module.Namespaces;

/// <summary>Invoke-Namespace: runs a program in existing namespaces, or in new ones that end with it.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "Namespace", SupportsShouldProcess = true, DefaultParameterSetName = FileSet)]
[OutputType(typeof(string), typeof(CommandResult))]
public sealed class InvokeNamespaceCommand : StreamingCommandCmdlet
{
    private const string FileSet = "File";
    private const string CommandSet = "Command";
    private const string NewFileSet = "NewFile";
    private const string NewCommandSet = "NewCommand";

    /// <summary>What to enter: a NamespaceSet, a LinuxNamespace, a process or its ID, a name, a path.</summary>
    [Parameter(ParameterSetName = FileSet, Mandatory = true, Position = 0)]
    [Parameter(ParameterSetName = CommandSet, Mandatory = true, Position = 0)]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(ProcessNamespaceCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <summary>Makes new namespaces, of the kinds of -Type, which end with the command.</summary>
    [Parameter(ParameterSetName = NewFileSet, Mandatory = true)]
    [Parameter(ParameterSetName = NewCommandSet, Mandatory = true)]
    public SwitchParameter New { get; set; }

    /// <summary>The program, looked up in PATH inside the root.</summary>
    [Parameter(ParameterSetName = FileSet, Mandatory = true, Position = 1)]
    [Parameter(ParameterSetName = NewFileSet, Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string FilePath { get; set; } = "";

    /// <summary>The program's arguments.</summary>
    [Parameter(ParameterSetName = FileSet, Position = 2, ValueFromRemainingArguments = true)]
    [Parameter(ParameterSetName = NewFileSet, Position = 1, ValueFromRemainingArguments = true)]
    [AllowEmptyCollection]
    public string[] ArgumentList { get; set; } = [];

    /// <summary>A command line for /bin/sh -c inside the root.</summary>
    [Parameter(ParameterSetName = CommandSet, Mandatory = true)]
    [Parameter(ParameterSetName = NewCommandSet, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string Command { get; set; } = "";

    /// <summary>The kinds to enter, or with -New to make.</summary>
    [Parameter]
    public NamespaceType[] Type { get; set; } = [];

    /// <summary>Another root.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Root { get; set; }

    /// <summary>The host name in the new namespaces.</summary>
    [Parameter(ParameterSetName = NewFileSet)]
    [Parameter(ParameterSetName = NewCommandSet)]
    [ValidateNotNullOrEmpty]
    public string? HostName { get; set; }

    /// <summary>Makes the caller root inside the new user namespace.</summary>
    [Parameter(ParameterSetName = NewFileSet)]
    [Parameter(ParameterSetName = NewCommandSet)]
    public SwitchParameter MapRootUser { get; set; }

    /// <inheritdoc/>
    private protected override (string FilePath, IReadOnlyList<string> Arguments) GetCommand() =>
        ParameterSetName is CommandSet or NewCommandSet ? ("/bin/sh", ["-c", Command]) : (FilePath, ArgumentList);

    /// <inheritdoc/>
    private protected override CommandPlace GetPlace() => Namespace is null
        ? new ThrowAwayNamespaces(new NewNamespaceOptions
        {
            Types = Type,
            Root = Root is null ? null : ToFileSystemPath(Root),
            HostName = HostName,
            MapRootUser = MapRootUser,
        })
        : NamespacePlace.Of(this, Namespace, Type, Root);

    /// <inheritdoc/>
    private protected override object? GetTarget() => Namespace is null ? "new namespaces" : Namespace.DisplayName;
}
