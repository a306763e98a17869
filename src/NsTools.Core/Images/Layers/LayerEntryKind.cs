namespace NsTools.Images.Layers;

/// <summary>What an entry's name means in a layer (OCI image-spec, layer.md, "Whiteouts").</summary>
internal enum LayerEntryKind
{
    /// <summary>Something to make.</summary>
    Content,

    /// <summary><c>.wh.NAME</c>: NAME of the layers below is not there any more.</summary>
    Whiteout,

    /// <summary><c>.wh..wh..opq</c>: nothing of its directory in the layers below is there any more.</summary>
    OpaqueWhiteout,

    /// <summary>AUFS' own files, <c>.wh..wh.aufs</c> and the like, which old Docker versions packed: to be passed over.</summary>
    Ignored,

    /// <summary>A whiteout of nothing, of the directory itself or of the one above it; or something in a whiteout.</summary>
    Invalid,
}
