namespace NsTools.Runtime.Commands.Options;

/// <summary>One option of a command line.</summary>
/// <param name="Name">Long form, without the dashes.</param>
/// <param name="Value">What its value is called in the help; null for a switch.</param>
/// <param name="Help">What it does, in a few words.</param>
/// <param name="Short">Short form; <c>\0</c> for none.</param>
internal sealed record Option(string Name, string? Value, string Help, char Short = '\0');
