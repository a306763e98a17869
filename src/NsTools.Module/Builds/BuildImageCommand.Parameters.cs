using System.Collections;
using System.Management.Automation;
using NsTools.Builds;
using NsTools.Module.Cgroups;
using NsTools.Module.Containers;
using NsTools.Module.Containers.Networks;
using NsTools.Module.Images;

namespace NsTools.Module.Builds;

public sealed partial class BuildImageCommand
{
    /// <summary>The context that COPY and ADD copy from: a directory, an archive of one, the address of an archive, or a Git repository.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Context", "FullName", "PSPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = ".";

    /// <summary>The Dockerfile; the context's Containerfile or Dockerfile where it is not given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? File { get; set; }

    /// <summary>Names that the image gets in the store.</summary>
    [Parameter(Position = 1)]
    [Alias("Name")]
    [ValidateNotNullOrEmpty]
    public string[] Tag { get; set; } = [];

    /// <summary>The name or number of the stage to build; the last one where it is not given.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DockerfileStageCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Target { get; set; }

    /// <summary>Values of ARGs, by name; $null is the variable of that name of this process.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary BuildArgument { get; set; } = new Hashtable();

    /// <summary>Labels on top of the Dockerfile's.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Label { get; set; } = new Hashtable();

    /// <summary>Annotations of the image's manifest.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Annotation { get; set; } = new Hashtable();

    /// <summary>Whose media types the image has. Buildah and Podman read HEALTHCHECK, SHELL and ONBUILD in Docker's alone.</summary>
    [Parameter]
    public ImageFormat Format { get; set; }

    /// <summary>What the image is to run on; this machine where it is not given.</summary>
    [Parameter]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public ImagePlatform? Platform { get; set; }

    /// <summary>Files with secrets, by the identifiers that RUN --mount=type=secret names.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Secret { get; set; } = new Hashtable();

    /// <summary>What each RUN has mounted: SOURCE:DESTINATION[:OPTIONS].</summary>
    [Parameter]
    [ArgumentCompleter(typeof(VolumeCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Volume { get; set; } = [];

    /// <summary>How each RUN is kept apart from the host: as a container, or with the host's IPC, control group and /sys.</summary>
    [Parameter]
    public BuildIsolation Isolation { get; set; }

    /// <summary>The network of each RUN that asks for none: host, none, or names of networks.</summary>
    [Parameter]
    [ContainerNetworkTransformation]
    [ArgumentCompleter(typeof(ContainerNetworkWordCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Network { get; set; } = ["host"];

    /// <summary>Most memory of a RUN.</summary>
    [Parameter]
    [ByteSizeTransformation]
    public long Memory { get; set; }

    /// <summary>Most processor time of a RUN, in cores.</summary>
    [Parameter]
    [CoreCountTransformation]
    public double Cpu { get; set; }

    /// <summary>Makes one layer of those that the build has made; the base image's stay.</summary>
    [Parameter]
    public SwitchParameter Squash { get; set; }

    /// <summary>Makes one layer of all, the base image's too.</summary>
    [Parameter]
    public SwitchParameter SquashAll { get; set; }

    /// <summary>Does every step anew.</summary>
    [Parameter]
    public SwitchParameter NoCache { get; set; }

    /// <summary>When the images of FROM are brought from their registries: when they are missing, always or never.</summary>
    [Parameter]
    public ImagePullPolicy Pull { get; set; }

    /// <summary>The time of the image, and the latest that a file of it may have: the same sources then make the same image.</summary>
    [Parameter]
    public DateTimeOffset? SourceDateEpoch { get; set; }

    /// <summary>What the history says in place of each instruction.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CreatedBy { get; set; }

    /// <summary>Leaves the container of a RUN that fails, to look into.</summary>
    [Parameter]
    public SwitchParameter KeepFailed { get; set; }
}
