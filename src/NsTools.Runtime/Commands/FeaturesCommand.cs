using System.Text.Json;
using NsTools.Interop.Oci;
using NsTools.Runtime.Commands.Options;
using NsTools.Runtime.Lifecycle.State;

namespace NsTools.Runtime.Commands;

/// <summary><c>nsrun features</c> (features.md): what this build can do, not what this kernel lets it.</summary>
internal static class FeaturesCommand
{
    private static readonly string[] s_hooks = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

    public static Command Command => new(
        new CommandSyntax("features", "", "Prints as JSON what nsrun can do.") { Maximum = 0 },
        static (_, _) =>
        {
            StandardStream.WriteJson(JsonText.Write(isIndented: true, 0, static (writer, _) => Write(writer)));
            return 0;
        });

    private static void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("ociVersionMin"u8, "1.0.0");
        writer.WriteString("ociVersionMax"u8, "1.2.0");
        JsonText.WriteList(writer, "hooks"u8, s_hooks);
        writer.WriteStartObject("linux"u8);
        JsonText.WriteList(writer, "namespaces"u8, NamespaceKinds.Names.Order(StringComparer.Ordinal));
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
