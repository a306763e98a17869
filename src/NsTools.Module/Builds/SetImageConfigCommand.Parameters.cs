using System.Collections;
using System.Management.Automation;
using NsTools.Module.Images;

namespace NsTools.Module.Builds;

public sealed partial class SetImageConfigCommand
{
    /// <summary>Names that the new image gets in the store; it has its digest alone where there is none.</summary>
    [Parameter(Position = 1)]
    [Alias("Name")]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Tag { get; set; } = [];

    /// <summary>User and group that the program runs as; empty for root.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? User { get; set; }

    /// <summary>The program, with arguments that stay; an empty array for none. The image's arguments, which were for the former program, stay unless -Command says others.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[]? Entrypoint { get; set; }

    /// <summary>Arguments of the program, or the program where there is no entry point; an empty array for none.</summary>
    [Parameter]
    [Alias("Cmd")]
    [AllowEmptyCollection]
    public string[]? Command { get; set; }

    /// <summary>Variables by their names; $null takes one away.</summary>
    [Parameter]
    [Alias("Env")]
    [ValidateNotNull]
    public IDictionary Environment { get; set; } = new Hashtable();

    /// <summary>Labels by their names; $null takes one away.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Label { get; set; } = new Hashtable();

    /// <summary>Annotations of the manifest by their names; $null takes one away.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Annotation { get; set; } = new Hashtable();

    /// <summary>The directory that the program starts in.</summary>
    [Parameter]
    [Alias("WorkingDir")]
    [ValidatePattern("^/")]
    public string? WorkingDirectory { get; set; }

    /// <summary>Ports to add: 80, 53/udp, 8000-8010. One with a minus sign after it is taken away, and '-' alone takes all away.</summary>
    [Parameter]
    [Alias("Port")]
    [ValidateNotNullOrEmpty]
    public string[] ExposedPort { get; set; } = [];

    /// <summary>Directories for data of their own to add. One with a minus sign after it is taken away, and '-' alone takes all away.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Volume { get; set; } = [];

    /// <summary>The shell of instructions in shell form; an empty array for the usual one.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[]? Shell { get; set; }

    /// <summary>Instructions to add for images that are built on this one; '-' alone takes all away.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] OnBuild { get; set; } = [];

    /// <summary>The signal that ends the program.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StopSignal { get; set; }

    /// <summary>How to tell whether a container is well: one text for a shell, several for a program and its arguments, or NONE.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? HealthCheck { get; set; }

    /// <summary>The time between two checks.</summary>
    [Parameter]
    public TimeSpan HealthCheckInterval { get; set; }

    /// <summary>The time after which a check has failed.</summary>
    [Parameter]
    public TimeSpan HealthCheckTimeout { get; set; }

    /// <summary>The time in which failures do not count.</summary>
    [Parameter]
    public TimeSpan HealthCheckStartPeriod { get; set; }

    /// <summary>Failures in a row after which a container is not well.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int HealthCheckRetry { get; set; }

    /// <summary>Who made the image.</summary>
    [Parameter]
    [ValidateNotNull]
    public string? Author { get; set; }

    /// <summary>A remark for its history.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Comment { get; set; }

    /// <summary>What its history says of the change, in place of the changes themselves.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CreatedBy { get; set; }

    /// <summary>What the new image says that it runs on.</summary>
    [Parameter]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public ImagePlatform? NewPlatform { get; set; }

    /// <summary>Whose media types it gets; the ones that the image has where it is not given.</summary>
    [Parameter]
    public ImageFormat Format { get; set; }

    /// <summary>The time of making: the same change of the same image then makes the same image.</summary>
    [Parameter]
    public DateTimeOffset SourceDateEpoch { get; set; }
}
