using System.Management.Automation;
using NsTools.Images;

namespace NsTools.Module.Images;

/// <summary>Takes a user's credential for what lets somebody into a registry.</summary>
internal static class RegistryCredentials
{
    /// <summary>The same for Core; null for none.</summary>
    public static RegistryCredential? From(PSCredential? credential) =>
        credential is null || credential == PSCredential.Empty ? null : new RegistryCredential(credential.UserName, credential.GetNetworkCredential().Password);
}
