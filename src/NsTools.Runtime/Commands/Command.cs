using NsTools.Runtime.Commands.Options;

namespace NsTools.Runtime.Commands;

/// <summary>One command.</summary>
/// <param name="Syntax">What it takes.</param>
/// <param name="Run">Does it; gives the exit code.</param>
internal sealed record Command(CommandSyntax Syntax, Func<GlobalOptions, Arguments, int> Run);
