using System.Management.Automation;
using NsTools.Images.Credentials;

namespace NsTools.Module.Images;

/// <summary>Get-RegistryConnection: tells what registries there are log-ins to, without their secrets.</summary>
[Cmdlet(VerbsCommon.Get, "RegistryConnection")]
[OutputType(typeof(RegistryConnection))]
public sealed class GetRegistryConnectionCommand : Common.NsToolsCmdlet
{
    /// <summary>The registries; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(RegistryCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Registry { get; set; } = ["*"];

    /// <summary>The file to look in; all that there are, when it is not given.</summary>
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
                var pattern = new WildcardPattern(given, WildcardOptions.IgnoreCase);
                List<RegistryConnection> found = [.. CredentialStore.List(AuthFile is null ? null : ToFileSystemPath(AuthFile)).Where(c => pattern.IsMatch(c.Registry))];
                if (found.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(given))
                    throw new NsToolsException(FailureKind.NotFound, "RegistryConnectionNotFound", $"There is no log-in to '{given}'.", $"Log in with Connect-Registry {given}.");
                WriteObject(found, enumerateCollection: true);
            });
        }
    }
}
