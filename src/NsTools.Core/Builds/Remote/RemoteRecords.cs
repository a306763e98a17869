using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NsTools.Builds.Execution;
using NsTools.Hosts;
using NsTools.Interop.FileSystems;

namespace NsTools.Builds.Remote;

/// <summary>
/// What servers said of files that were added (<c>builds/remote/</c> of the data directory), so that the next build asks whether
/// they are still the same. It may all be removed at any time. What a file is known by is its content's digest alone: no
/// server's word makes two the same.
/// </summary>
internal static class RemoteRecords
{
    private static string Root => Path.Join(RuntimeDirectories.DataRoot, "builds", "remote");

    /// <summary>What is remembered of a file; null for nothing.</summary>
    /// <param name="address">The file.</param>
    public static RemoteRecord? Find(HttpAddress address)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(PathOf(address)), BuildJson.Default.RemoteRecord);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Remembers what a server said.</summary>
    /// <param name="address">The file.</param>
    /// <param name="record">What it said.</param>
    public static void Add(HttpAddress address, RemoteRecord record)
    {
        Directory.CreateDirectory(Root);
        string path = PathOf(address);
        // Two builds at once may add the same file.
        string temporary = $"{path}.{Guid.NewGuid():N}";
        AtomicFile.Write(temporary, JsonSerializer.SerializeToUtf8Bytes(record, BuildJson.Default.RemoteRecord), isSynchronized: false);
        File.Move(temporary, path, overwrite: true);
    }

    private static string PathOf(HttpAddress address) => Path.Join(Root, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{address.Credential?.UserName}@{address.Uri.AbsoluteUri}"))));
}
