namespace NsTools.Runtime.Commands.Options;

/// <summary>The command line is wrong; the message says what about it.</summary>
internal sealed class UsageException(string message) : Exception(message);
