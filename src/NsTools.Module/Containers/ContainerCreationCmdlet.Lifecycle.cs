using System.Management.Automation;

namespace NsTools.Module.Containers;

public abstract partial class ContainerCreationCmdlet
{
    /// <summary>Keeps standard input open: it is the caller's where the container is attached, and that of those who attach later.</summary>
    [Parameter]
    public SwitchParameter Interactive { get; set; }

    /// <summary>Gives the program a terminal; attached, it is the caller's own.</summary>
    [Parameter]
    public SwitchParameter Tty { get; set; }

    /// <summary>Runs the program as the child of an init, which reaps processes and passes signals on.</summary>
    [Parameter]
    public SwitchParameter Init { get; set; }

    /// <summary>When it is started again by itself: no, on-failure, on-failure:N, always, unless-stopped.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RestartPolicyCompleter))]
    public string? RestartPolicy { get; set; }
}
