using System.Reflection;
using System.Text.Json.Serialization;
using Xunit;

namespace NsTools.Tests.Module;

/// <summary>What all objects that cmdlets return have in common.</summary>
public sealed class ObjectModelTests
{
    /// <summary>
    /// The compiler makes a collection expression for <c>IReadOnlyList</c> a type of its own, whose elements PowerShell cannot
    /// index: <c>$x.List[0]</c> is the whole list. Documents are filled by their reader, with lists that can be.
    /// </summary>
    [Fact]
    public void Lists_can_be_indexed_in_PowerShell()
    {
        IEnumerable<PropertyInfo> properties = new[] { typeof(NsToolsException).Assembly, typeof(Interop.Syscalls.SyscallException).Assembly }
            .SelectMany(assembly => assembly.GetExportedTypes())
            .Where(type => type.Namespace == "NsTools")
            .SelectMany(type => type.GetProperties());
        string[] lists = [.. properties.Where(IsUnindexable).Select(property => $"{property.DeclaringType!.Name}.{property.Name}")];
        Assert.Empty(lists);

        static bool IsUnindexable(PropertyInfo property) => property.PropertyType.IsGenericType
            && property.PropertyType.GetGenericTypeDefinition() is Type type
            && (type == typeof(IReadOnlyList<>) || type == typeof(IReadOnlyCollection<>) || type == typeof(IEnumerable<>))
            && !property.DeclaringType!.GetProperties().Any(other => other.GetCustomAttribute<JsonPropertyNameAttribute>() is not null)
            && property.DeclaringType.Name is not "ContainerMount";
    }
}
