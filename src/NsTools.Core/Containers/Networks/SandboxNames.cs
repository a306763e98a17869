namespace NsTools.Containers.Networks;

/// <summary>The names under which those on the same networks find each other.</summary>
/// <param name="directories">Where all that is written down.</param>
internal sealed class SandboxNames(NetworkDirectories directories)
{
    /// <summary>Tells all that are on networks who is there now.</summary>
    public void Update(IEnumerable<string> networks, string? except)
    {
        foreach (string id in networks.Distinct().SelectMany(network => directories.ReadLeases(network).Leases).Select(lease => lease.Owner).Distinct().Where(id => id != except))
        {
            if (directories.ReadSandbox(id) is { } sandbox)
                NameFiles.Update(sandbox.HostsFile, NameFiles.Block(TablesOf(sandbox), id));
        }
    }

    /// <summary>Who is on the networks of one.</summary>
    public IEnumerable<LeaseTable> TablesOf(SandboxDocument sandbox) => sandbox.Attachments.Select(attachment => directories.ReadLeases(attachment.Network));

    /// <summary>What the addresses of one on a network are to be found under.</summary>
    public static Lease LeaseOf(SandboxDocument sandbox, AttachmentDocument attachment) => new()
    {
        Owner = sandbox.Id,
        Addresses = [],
        Names = [.. ((IEnumerable<string>)[sandbox.Name, .. attachment.Aliases, sandbox.HostName, sandbox.Id[..Math.Min(12, sandbox.Id.Length)]]).Distinct()],
        HostsFile = sandbox.HostsFile,
    };
}
