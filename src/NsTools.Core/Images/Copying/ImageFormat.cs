namespace NsTools;

/// <summary>Whose media types an image's manifests have.</summary>
public enum ImageFormat
{
    /// <summary>The OCI image specification's.</summary>
    Oci,

    /// <summary>Docker's Image Manifest V2, Schema 2.</summary>
    Docker,
}
