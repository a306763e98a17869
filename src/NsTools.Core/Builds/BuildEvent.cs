namespace NsTools.Builds;

/// <summary>Something that happens while an image is built.</summary>
/// <param name="Step">The step that it belongs to.</param>
public abstract record BuildEvent(BuildStep Step);

/// <summary>A step begins.</summary>
/// <param name="Step">The step.</param>
public sealed record BuildStepStarted(BuildStep Step) : BuildEvent(Step);

/// <summary>A step is done.</summary>
/// <param name="Step">The step, with what it did.</param>
public sealed record BuildStepFinished(BuildStep Step) : BuildEvent(Step);

/// <summary>A RUN has written something.</summary>
/// <param name="Step">The step.</param>
/// <param name="IsError">True for standard error.</param>
/// <param name="Text">Whole lines, without the last one's end.</param>
public sealed record BuildOutput(BuildStep Step, bool IsError, string Text) : BuildEvent(Step);

/// <summary>A source on another machine is being brought.</summary>
/// <param name="Step">The step.</param>
/// <param name="Source">The source.</param>
/// <param name="Received">Bytes that came.</param>
/// <param name="Total">Bytes in all; null where that is not known.</param>
public sealed record BuildDownload(BuildStep Step, string Source, long Received, long? Total) : BuildEvent(Step);

/// <summary>Something that the user should know.</summary>
/// <param name="Step">The step.</param>
/// <param name="Message">What.</param>
public sealed record BuildWarning(BuildStep Step, string Message) : BuildEvent(Step);
