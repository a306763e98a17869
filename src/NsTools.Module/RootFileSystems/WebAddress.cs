namespace NsTools.Module.RootFileSystems;

/// <summary>Addresses that can be downloaded from.</summary>
internal static class WebAddress
{
    /// <summary>The address, if it is an absolute one of http or https.</summary>
    /// <exception cref="NsToolsException">It is not (<c>AddressNotSupported</c>).</exception>
    public static Uri Check(Uri address) =>
        address.IsAbsoluteUri && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            ? address
            : throw new NsToolsException(
                FailureKind.InvalidArgument, "AddressNotSupported", $"'{address}' is no address of http:// or https://.");
}
