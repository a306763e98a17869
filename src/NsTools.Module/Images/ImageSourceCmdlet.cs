using System.Management.Automation;
using NsTools.Images;
using NsTools.Module.Common;

namespace NsTools.Module.Images;

/// <summary>A cmdlet that reads images, wherever they are.</summary>
public abstract class ImageSourceCmdlet : NsToolsCmdlet
{
    /// <summary>User name and password for a registry.</summary>
    [Parameter]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>Does not verify a registry's certificate.</summary>
    [Parameter]
    public SwitchParameter SkipCertificateCheck { get; set; }

    /// <summary>Speaks to a registry without TLS.</summary>
    [Parameter]
    public SwitchParameter AllowHttp { get; set; }

    /// <summary>How to get at images.</summary>
    private protected ImageAccess Access => new()
    {
        Credential = RegistryCredentials.From(Credential),
        SkipsCertificateCheck = SkipCertificateCheck,
        AllowsHttp = AllowHttp,
    };

    /// <summary>Opens an image, works with it and closes it, on this thread.</summary>
    /// <param name="reference">The image.</param>
    /// <param name="work">The work.</param>
    private protected void WithImage(ImageReference reference, Action<IImageSource> work)
    {
        IImageSource source = Wait(ImageTransports.OpenSourceAsync(reference, Access, StopToken));
        try
        {
            work(source);
        }
        finally
        {
            source.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>Waits for a task on this thread, as a cmdlet has to.</summary>
    private protected static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    /// <summary>The same for what yields nothing.</summary>
    private protected static void Wait(Task task) => task.GetAwaiter().GetResult();
}
