using System.Globalization;

namespace NsTools.Runtime.Commands.Options;

/// <summary>A command line that was read by its <see cref="CommandSyntax"/>.</summary>
/// <param name="values">Options in their order; a switch has <c>true</c> or <c>false</c>.</param>
/// <param name="operands">What is no option.</param>
internal sealed class Arguments(List<(string Name, string Value)> values, List<string> operands)
{
    /// <summary>What is no option.</summary>
    public IReadOnlyList<string> Operands => operands;

    /// <summary>Value of an option that counts once, the last one; null when it is not there.</summary>
    public string? this[string name] => values.FindLast(value => value.Name == name).Value;

    /// <summary>True for a switch that is on.</summary>
    public bool Has(string name) => this[name] == "true";

    /// <summary>True or false for a switch that is there, null otherwise.</summary>
    public bool? Switch(string name) => this[name] is { } value ? value == "true" : null;

    /// <summary>All values of an option that may be repeated.</summary>
    public List<string> All(string name) => [.. values.Where(value => value.Name == name).Select(value => value.Value)];

    /// <summary>A whole number; null when the option is not there.</summary>
    /// <exception cref="UsageException">It is none, or outside the range.</exception>
    public int? Number(string name, int least, int most)
    {
        if (this[name] is not { } text)
            return null;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw new UsageException($"option '--{name}' is a number from {least} to {most}, not '{text}'");
    }

    /// <summary>An existing or future file, absolute from where the caller stands; null when the option is not there.</summary>
    public string? FilePath(string name) => this[name] is { } path ? Path.GetFullPath(path) : null;
}
