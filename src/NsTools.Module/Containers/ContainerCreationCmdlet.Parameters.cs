using System.Collections;
using System.Management.Automation;
using NsTools.Module.Cgroups;
using NsTools.Module.Containers.Networks;
using NsTools.Module.Containers.Pods;
using NsTools.Module.Images;

namespace NsTools.Module.Containers;

public abstract partial class ContainerCreationCmdlet
{
    /// <summary>The image: a name of the store, or where it is.</summary>
    [Parameter(ParameterSetName = ImageSet, Mandatory = true, Position = 0)]
    [ImageTransformation]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    [ValidateNotNull]
    public ImageReference? Image { get; set; }

    /// <summary>A root file system in place of an image; it is written to as it is.</summary>
    [Parameter(ParameterSetName = RootSet, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Path")]
    [ValidateNotNullOrEmpty]
    public string? Root { get; set; }

    /// <summary>The program's arguments in place of the image's; where that names no program, the program first.</summary>
    [Parameter(ParameterSetName = ImageSet, Position = 1, ValueFromRemainingArguments = true)]
    [Parameter(ParameterSetName = RootSet, Position = 0, ValueFromRemainingArguments = true)]
    [AllowEmptyCollection]
    [AllowEmptyString]
    public string[] ArgumentList { get; set; } = [];

    /// <summary>A command line for /bin/sh -c in place of the image's program and arguments.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Command { get; set; }

    /// <summary>The program in place of the image's, with arguments that stay; an empty list takes it away.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[]? Entrypoint { get; set; }

    /// <summary>The container's name; without it one is made up.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>Variables on top of the image's; $null takes one away.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Environment { get; set; } = new Hashtable();

    /// <summary>The user: NAME or UID, with :GROUP or :GID if wanted; names are the image's own.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? User { get; set; }

    /// <summary>The user namespace: host: none of its own; auto: 65536 IDs that nobody else has; or maps INSIDE:OUTSIDE:COUNT. As root.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(UserNamespaceCompleter))]
    public string? UserNamespace { get; set; }

    /// <summary>The working directory inside; made where it is missing.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? WorkingDirectory { get; set; }

    /// <summary>The host name inside; without it the beginning of the ID.</summary>
    [Parameter]
    [ValidatePattern(@"\A[A-Za-z0-9][A-Za-z0-9.-]{0,63}\z")]
    public string? HostName { get; set; }

    /// <summary>Labels on top of the image's.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Label { get; set; } = new Hashtable();

    /// <summary>Makes the root read-only; /run, /tmp and /var/tmp are in memory then.</summary>
    [Parameter]
    public SwitchParameter ReadOnly { get; set; }

    /// <summary>
    /// Names of networks (Get-ContainerNetwork), or one of none: a loopback device alone; host: the host's; container:NAME,
    /// a Container: that one's; a NamespaceSet. Without it, as root the network nstools.
    /// </summary>
    [Parameter]
    [ContainerNetworkTransformation]
    [ArgumentCompleter(typeof(ContainerNetworkWordCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Network { get; set; } = [];

    /// <summary>The pod to be in: it has that one's network, IPC, host name and /dev/shm.</summary>
    [Parameter]
    [PodTransformation]
    [ArgumentCompleter(typeof(PodCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Pod { get; set; }

    /// <summary>Ports to be published on the host: [IP:][HOSTPORT:]PORT[/tcp|/udp], or ranges of them.</summary>
    [Parameter]
    [Alias("Port")]
    [ValidateNotNullOrEmpty]
    public string[] Publish { get; set; } = [];

    /// <summary>Most memory: 200MB, 1.5GiB, a number of bytes; swap is not to be had on top.</summary>
    [Parameter]
    [ByteSizeTransformation]
    [ValidateRange(1, long.MaxValue)]
    public long Memory { get; set; }

    /// <summary>Most processor time, in cores.</summary>
    [Parameter]
    [CoreCountTransformation]
    [ValidateRange(0.01, double.PositiveInfinity)]
    public double Cpu { get; set; }

    /// <summary>Most processes and threads; 0 for no limit. Without it 2048.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long PidsLimit { get; set; }

    /// <summary>Capabilities beside the default ones, such as NET_ADMIN; ALL for all.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CapabilityCompleter))]
    public string[] Capability { get; set; } = [];

    /// <summary>Capabilities taken from the default ones; ALL for all.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CapabilityCompleter))]
    public string[] DropCapability { get; set; } = [];

    /// <summary>no-new-privileges=false lets programs gain privileges; seccomp=unconfined leaves the system call filter out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SecurityOptionCompleter))]
    public string[] SecurityOption { get; set; } = [];

    /// <summary>The signal that ends it; without it the image's, or SIGTERM.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StopSignal { get; set; }

    /// <summary>Seconds from that signal to SIGKILL; without it the image's, or 10.</summary>
    [Parameter]
    [ValidateRange(0, 2_000_000)]
    public double StopTimeoutSec { get; set; }

    /// <summary>Which image of an index; this machine's when it is not given.</summary>
    [Parameter(ParameterSetName = ImageSet)]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public ImagePlatform? Platform { get; set; }
}
