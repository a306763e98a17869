using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace NsTools.Images.Documents;

/// <summary>
/// The documents of images. A member that is there twice is refused: readers differ in which one they take, and what
/// one has checked another would not use.
/// </summary>
[JsonSourceGenerationOptions(
    AllowDuplicateProperties = false,
    MaxDepth = 32,
    Converters = [typeof(DigestConverter)],
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ImageManifest))]
[JsonSerializable(typeof(ImageIndex))]
[JsonSerializable(typeof(ImageConfig))]
internal sealed partial class ImageJson : JsonSerializerContext
{
    /// <summary>The same for writing: a plus sign in a media type stays one.</summary>
    public static ImageJson Readable { get; } = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new DigestConverter() },
    });
}
