using System.Management.Automation;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;

namespace NsTools.Module.Common;

/// <summary>Turns the failures of Core and Interop into error records: stable id, category, target, recommended action.</summary>
internal static class Failure
{
    /// <summary>True for what work on an item may throw; anything else is a defect and shall be seen as one.</summary>
    public static bool IsExpected(Exception exception) =>
        exception is NsToolsException or SyscallException or RuntimeSpecException or IOException or UnauthorizedAccessException or HttpRequestException;

    /// <summary>The error record for an expected failure.</summary>
    public static ErrorRecord ToErrorRecord(Exception exception, object? target)
    {
        ErrorRecord record = exception switch
        {
            NsToolsException failure => new ErrorRecord(failure, failure.ErrorId, CategoryOf(failure.Kind), target),
            SyscallException failure => new ErrorRecord(failure, $"{failure.Name},{failure.Syscall}", CategoryOf(failure.Name), target),
            RuntimeSpecException => new ErrorRecord(exception, "InvalidRuntimeConfig", ErrorCategory.InvalidArgument, target),
            UnauthorizedAccessException => new ErrorRecord(exception, "AccessDenied", ErrorCategory.PermissionDenied, target),
            HttpRequestException => new ErrorRecord(exception, "HttpRequestFailed", ErrorCategory.ConnectionError, target),
            _ => new ErrorRecord(exception, exception.GetType().Name, ErrorCategory.ReadError, target),
        };
        string? remedy = exception switch
        {
            NsToolsException failure => failure.Remedy,
            SyscallException failure => SyscallRemedy.For(failure),
            _ => null,
        };
        if (remedy is not null)
            record.ErrorDetails = new ErrorDetails(exception.Message) { RecommendedAction = remedy };
        return record;
    }

    private static ErrorCategory CategoryOf(FailureKind kind) => kind switch
    {
        FailureKind.InvalidArgument => ErrorCategory.InvalidArgument,
        FailureKind.NotFound => ErrorCategory.ObjectNotFound,
        FailureKind.AlreadyExists => ErrorCategory.ResourceExists,
        FailureKind.PermissionDenied => ErrorCategory.PermissionDenied,
        FailureKind.InvalidData => ErrorCategory.InvalidData,
        FailureKind.InvalidState => ErrorCategory.InvalidOperation,
        FailureKind.NotSupported => ErrorCategory.NotImplemented,
        FailureKind.LimitExceeded => ErrorCategory.LimitsExceeded,
        FailureKind.Connection => ErrorCategory.ConnectionError,
        FailureKind.Timeout => ErrorCategory.OperationTimeout,
        _ => ErrorCategory.NotSpecified,
    };

    private static ErrorCategory CategoryOf(string errno) => errno switch
    {
        "EPERM" or "EACCES" => ErrorCategory.PermissionDenied,
        "ENOENT" or "ESRCH" or "ENXIO" or "ENODEV" => ErrorCategory.ObjectNotFound,
        "EEXIST" => ErrorCategory.ResourceExists,
        "EBUSY" or "ETXTBSY" => ErrorCategory.ResourceBusy,
        "EINVAL" or "ENOTDIR" or "EISDIR" or "ENAMETOOLONG" or "ELOOP" => ErrorCategory.InvalidArgument,
        "ENOSPC" or "EDQUOT" or "EMFILE" or "ENFILE" or "ENOMEM" or "EUSERS" => ErrorCategory.LimitsExceeded,
        "ENOSYS" or "EOPNOTSUPP" => ErrorCategory.NotImplemented,
        "EROFS" => ErrorCategory.WriteError,
        "ETIMEDOUT" => ErrorCategory.OperationTimeout,
        _ => ErrorCategory.NotSpecified,
    };
}
