using System.Text.Json.Serialization;

namespace NsTools.Images.Archives;

/// <summary>The document of a docker-archive.</summary>
[JsonSourceGenerationOptions(AllowDuplicateProperties = false, MaxDepth = 8)]
[JsonSerializable(typeof(DockerArchiveEntry[]))]
internal sealed partial class DockerArchiveJson : JsonSerializerContext;
