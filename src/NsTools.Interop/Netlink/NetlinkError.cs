using System.Buffers.Binary;
using System.Globalization;
using NsTools.Interop.Syscalls;

namespace NsTools.Interop.Netlink;

/// <summary>How the kernel answered one request: an error number, and with extended acknowledgements its own words.</summary>
/// <param name="Number">The positive error number; 0 for success.</param>
/// <param name="Message">The kernel's explanation (<c>NLMSGERR_ATTR_MSG</c>; a warning when <paramref name="Number"/> is 0); null for none.</param>
/// <param name="AttributeOffset">Offset in the request of the attribute that it objects to; null where it names none.</param>
/// <param name="MissingAttribute">Type of an attribute that it misses; null where it names none.</param>
public sealed record NetlinkError(int Number, string? Message = null, int? AttributeOffset = null, int? MissingAttribute = null)
{
    // enum nlmsgerr_attrs (include/uapi/linux/netlink.h).
    private const int MessageAttribute = 1;
    private const int OffsetAttribute = 2;
    private const int MissingTypeAttribute = 5;

    // Flags that these bits are in an acknowledgement: NLM_F_CAPPED, it holds only the request's header;
    // NLM_F_ACK_TLVS, attributes with the kernel's explanation follow.
    private const NetlinkFlags Capped = (NetlinkFlags)0x100;
    private const NetlinkFlags AckAttributes = (NetlinkFlags)0x200;

    /// <summary>The answer of a request that went well without a word.</summary>
    public static NetlinkError Success { get; } = new(0);

    /// <summary>Reads an <c>NLMSG_ERROR</c> message (<c>struct nlmsgerr</c>).</summary>
    /// <param name="answer">The message.</param>
    /// <exception cref="SyscallException"><c>EBADMSG</c>: it is shorter than it says.</exception>
    public static NetlinkError FromError(in NetlinkMessage answer)
    {
        ReadOnlySpan<byte> payload = answer.Payload;
        if (payload.Length < sizeof(int) + NetlinkMessage.HeaderLength)
            throw NetlinkMessage.Malformed($"an error message of {payload.Length} bytes");
        int number = ToNumber(BinaryPrimitives.ReadInt32LittleEndian(payload));
        if (number == 0 && !answer.Flags.HasFlag(AckAttributes))
            return Success;
        int skip = sizeof(int) + NetlinkMessage.HeaderLength;
        if (!answer.Flags.HasFlag(Capped))
        {
            // The whole request comes back before the attributes; its length is our own word, checked all the same.
            uint requestLength = BinaryPrimitives.ReadUInt32LittleEndian(payload[sizeof(int)..]);
            if (requestLength < NetlinkMessage.HeaderLength || requestLength > payload.Length - sizeof(int))
                throw NetlinkMessage.Malformed($"an error message of {payload.Length} bytes about a request of {requestLength}");
            skip = Math.Min(sizeof(int) + NetlinkMessage.Align((int)requestLength), payload.Length);
        }
        return answer.Flags.HasFlag(AckAttributes) ? WithAttributes(number, payload[skip..]) : new NetlinkError(number);
    }

    /// <summary>Reads the result that ends a dump (<c>NLMSG_DONE</c>).</summary>
    /// <param name="done">The message.</param>
    /// <exception cref="SyscallException"><c>EBADMSG</c>: it is shorter than it says.</exception>
    public static NetlinkError FromDone(in NetlinkMessage done)
    {
        // Some dumps end without a result at all.
        if (done.Payload.Length < sizeof(int))
            return Success;
        int number = ToNumber(BinaryPrimitives.ReadInt32LittleEndian(done.Payload));
        return done.Flags.HasFlag(AckAttributes) ? WithAttributes(number, done.Payload[sizeof(int)..])
            : number == 0 ? Success : new NetlinkError(number);
    }

    /// <summary>The exception that tells of it.</summary>
    /// <param name="operation">What was asked for.</param>
    /// <param name="subject">What the request was about; null for nothing in particular.</param>
    public SyscallException ToException(string operation, string? subject) => new(operation, Number, subject, Detail());

    private static int ToNumber(int result) => result is < 0 and > int.MinValue ? -result : 0;

    private static NetlinkError WithAttributes(int number, ReadOnlySpan<byte> attributes)
    {
        string? message = null;
        int? offset = null;
        int? missing = null;
        foreach (NetlinkAttribute attribute in new NetlinkAttributes(attributes))
        {
            switch (attribute.Type)
            {
                case MessageAttribute:
                    message = attribute.ToText();
                    break;
                case OffsetAttribute:
                    offset = (int)attribute.ToUInt32();
                    break;
                case MissingTypeAttribute:
                    missing = (int)attribute.ToUInt32();
                    break;
            }
        }
        return new NetlinkError(number, message, offset, missing);
    }

    private string? Detail() => MissingAttribute is { } missing
        ? string.Create(CultureInfo.InvariantCulture, $"{Message ?? "an attribute is missing"} (attribute {missing} is missing)")
        : Message;
}
