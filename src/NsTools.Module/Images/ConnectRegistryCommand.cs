using System.Management.Automation;
using NsTools.Images;
using NsTools.Images.Credentials;
using NsTools.Images.Registries;

namespace NsTools.Module.Images;

/// <summary>Connect-Registry: logs in to registries, and keeps the log-ins where Podman and Skopeo find them, too.</summary>
[Cmdlet(VerbsCommunications.Connect, "Registry", SupportsShouldProcess = true)]
[OutputType(typeof(RegistryConnection))]
public sealed class ConnectRegistryCommand : RegistryCmdlet
{
    /// <summary>Hosts and ports of the registries.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RegistryCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Registry { get; set; } = [];

    /// <summary>The file to keep the log-in in.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? AuthFile { get; set; }

    /// <summary>The credential's password is an OAuth2 identity token, which stands for a user.</summary>
    [Parameter]
    public SwitchParameter IdentityToken { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string given in Registry)
            ForItem(given, () => Connect(ToRegistry(given)));
    }

    private void Connect(string registry)
    {
        if (!ShouldProcess($"skopeo login{(Credential is null ? "" : $" --username {Credential.UserName}")} {registry}", registry, "Connect-Registry"))
            return;
        PSCredential asked = Credential ?? Host.UI.PromptForCredential("Connect-Registry", $"User name and password for {registry}", "", registry)
            ?? throw new NsToolsException(FailureKind.InvalidArgument, "CredentialMissing", $"There is no user name and password for {registry}.", "Give -Credential.");
        RegistryCredential credential = IdentityToken
            ? new RegistryCredential(RegistryCredential.IdentityTokenName, asked.GetNetworkCredential().Password)
            : RegistryCredentials.From(asked)!;
        // A log-in that does not work is not kept.
        Wait(new RegistryClient(Access with { Credential = credential }).CheckAsync(registry, StopToken));
        string kept = CredentialStore.Store(registry, credential, AuthFile is null ? null : ToFileSystemPath(AuthFile), StopToken);
        WriteObject(new RegistryConnection { Registry = registry, UserName = IdentityToken ? null : credential.UserName, HasIdentityToken = IdentityToken, Source = kept });
    }
}
