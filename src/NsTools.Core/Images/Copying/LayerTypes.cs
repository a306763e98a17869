namespace NsTools.Images.Copying;

/// <summary>Layers' media types: what compression each says, and the same in the other format.</summary>
internal static class LayerTypes
{
    private static readonly (LayerCompression Compression, string Oci, string Docker)[] s_types =
    [
        (LayerCompression.None, ImageMediaTypes.OciLayer, ImageMediaTypes.DockerLayer),
        (LayerCompression.Gzip, ImageMediaTypes.OciLayerGzip, ImageMediaTypes.DockerLayerGzip),
        (LayerCompression.Zstd, ImageMediaTypes.OciLayerZstd, ImageMediaTypes.DockerLayerZstd),
    ];

    /// <summary>The compression that a media type says; null for what is no layer that could be compressed otherwise.</summary>
    public static LayerCompression? CompressionOf(string mediaType)
    {
        foreach ((LayerCompression compression, string oci, string docker) in s_types)
        {
            if (mediaType == oci || mediaType == docker)
                return compression;
        }
        return null;
    }

    /// <summary>The media type of a layer.</summary>
    public static string For(LayerCompression compression, ImageFormat format)
    {
        (_, string oci, string docker) = s_types.First(t => t.Compression == compression);
        return format == ImageFormat.Docker ? docker : oci;
    }

    /// <summary>The same type in a format.</summary>
    public static string Translate(string mediaType, ImageFormat format) => CompressionOf(mediaType) is { } compression
        ? For(compression, format)
        : (mediaType, format) switch
        {
            (ImageMediaTypes.DockerForeignLayer, ImageFormat.Oci) => "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            ("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", ImageFormat.Docker) => ImageMediaTypes.DockerForeignLayer,
            _ => mediaType,
        };
}
