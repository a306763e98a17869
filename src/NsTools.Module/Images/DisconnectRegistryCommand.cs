using System.Management.Automation;
using NsTools.Images.Credentials;

namespace NsTools.Module.Images;

/// <summary>Disconnect-Registry: forgets log-ins to registries.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "Registry", SupportsShouldProcess = true)]
public sealed class DisconnectRegistryCommand : Common.NsToolsCmdlet
{
    /// <summary>The registries; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RegistryCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Registry { get; set; } = [];

    /// <summary>The file that the log-in is in.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? AuthFile { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string given in Registry)
        {
            ForItem(given, () =>
            {
                string file = AuthFile is null ? CredentialStore.PrimaryPath : ToFileSystemPath(AuthFile);
                if (!WildcardPattern.ContainsWildcardCharacters(given))
                {
                    Disconnect(given, file, isLiteral: true);
                    return;
                }
                var pattern = new WildcardPattern(given, WildcardOptions.IgnoreCase);
                foreach (RegistryConnection connection in CredentialStore.List(file).Where(c => pattern.IsMatch(c.Registry)))
                    ForItem(connection, () => Disconnect(connection.Registry, file, isLiteral: false));
            });
        }
    }

    private void Disconnect(string registry, string file, bool isLiteral)
    {
        if (!ShouldProcess($"skopeo logout {registry}", registry, "Disconnect-Registry") || CredentialStore.Remove(registry, file, StopToken) || !isLiteral)
            return;
        // One that Docker or another tool keeps is theirs to take away.
        RegistryConnection? elsewhere = CredentialStore.List(null).FirstOrDefault(c => c.Registry == registry);
        throw new NsToolsException(
            FailureKind.NotFound,
            "RegistryConnectionNotFound",
            elsewhere is null ? $"There is no log-in to '{registry}' in '{file}'." : $"The log-in to '{registry}' is not in '{file}' but in '{elsewhere.Source}'.",
            elsewhere is null ? "Get-RegistryConnection shows what there is." : $"Give -AuthFile '{elsewhere.Source}'.");
    }
}
