using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace NsTools.Images.Configuration;

/// <summary>
/// A registry's certificates from <c>certs.d/HOST:PORT/</c> (containers-certs.d(5)): <c>*.crt</c> are authorities,
/// <c>NAME.cert</c> with <c>NAME.key</c> a client's certificate.
/// </summary>
internal sealed class RegistryCertificates
{
    private RegistryCertificates(X509Certificate2Collection authorities, X509Certificate2Collection client)
    {
        Authorities = authorities;
        Client = client;
    }

    /// <summary>None.</summary>
    public static RegistryCertificates None { get; } = new([], []);

    /// <summary>Authorities that are trusted beside the host's own.</summary>
    public X509Certificate2Collection Authorities { get; }

    /// <summary>Certificates to show to the registry.</summary>
    public X509Certificate2Collection Client { get; }

    /// <summary>Another text where the files are others, or have changed.</summary>
    public string Stamp { get; private init; } = "";

    /// <summary>Where they are looked for; the first directory that is there counts.</summary>
    /// <param name="host">Host and port.</param>
    public static IEnumerable<string> DirectoriesOf(string host) => ContainersConfiguration.UserThenSystem("certs.d").Append("/etc/docker/certs.d").Select(d => Path.Join(d, host));

    /// <summary>Reads a registry's certificates.</summary>
    /// <param name="host">Host and port.</param>
    /// <exception cref="NsToolsException">A file is no certificate, or a key is missing (<c>CertificateInvalid</c>).</exception>
    public static RegistryCertificates Read(string host)
    {
        if (DirectoriesOf(host).FirstOrDefault(Directory.Exists) is not { } directory)
            return None;
        X509Certificate2Collection authorities = [], client = [];
        foreach (string file in Directory.GetFiles(directory).Order(StringComparer.Ordinal))
        {
            try
            {
                if (file.EndsWith(".crt", StringComparison.Ordinal))
                    authorities.ImportFromPemFile(file);
                else if (file.EndsWith(".cert", StringComparison.Ordinal))
                    client.Add(X509Certificate2.CreateFromPemFile(file, Path.ChangeExtension(file, ".key")));
            }
            catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
            {
                throw new NsToolsException(
                    FailureKind.InvalidData, "CertificateInvalid", $"'{file}' cannot be used: {exception.Message.TrimEnd('.')}.", "A .crt file has certificates in PEM form; each .cert file needs a .key file.", exception);
            }
        }
        return new RegistryCertificates(authorities, client)
        {
            Stamp = string.Join(';', Directory.GetFiles(directory).Order(StringComparer.Ordinal).Select(f => $"{f} {File.GetLastWriteTimeUtc(f).Ticks}")),
        };
    }
}
