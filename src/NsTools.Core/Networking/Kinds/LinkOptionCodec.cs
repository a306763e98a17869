using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using NsTools.Interop.Netlink;

namespace NsTools.Networking.Kinds;

/// <summary>Reads and writes the settings of a kind of link.</summary>
internal static class LinkOptionCodec
{
    private const int MillisecondsPerCentisecond = 10;

    /// <summary>The settings that a nest of attributes holds; those that the table does not know are left out.</summary>
    public static IReadOnlyDictionary<string, object> Decode(LinkKind kind, NetlinkAttributes attributes)
    {
        Dictionary<string, object> values = new(StringComparer.OrdinalIgnoreCase);
        foreach (NetlinkAttribute attribute in attributes)
        {
            foreach (LinkOption option in kind.Options)
            {
                if (attribute.Type == option.Attribute || (option.Attribute6 != 0 && attribute.Type == option.Attribute6))
                    values[option.Name] = Decode(option, option.Type, attribute);
            }
        }
        return values.AsReadOnly();
    }

    /// <summary>Adds settings to a request.</summary>
    /// <exception cref="NsToolsException">A setting that the kind does not have, or a value that it cannot take.</exception>
    public static void Encode(NetlinkRequest request, LinkKind kind, IReadOnlyDictionary<string, object> values)
    {
        foreach ((string name, object value) in values)
        {
            LinkOption option = kind.FindOption(name);
            try
            {
                Encode(request, option, option.Type, value);
            }
            catch (Exception failure) when (failure is OverflowException or FormatException or InvalidCastException)
            {
                throw new NsToolsException(
                    FailureKind.InvalidArgument, "InvalidLinkOption", $"'{value}' is no value for {option.Name}: {failure.Message}", null, failure);
            }
        }
    }

    private static object Decode(LinkOption option, LinkOptionType type, in NetlinkAttribute attribute) => type switch
    {
        LinkOptionType.Byte => (int)attribute.ToByte(),
        LinkOptionType.UInt16 => (int)attribute.ToUInt16(),
        LinkOptionType.UInt16BigEndian => (int)attribute.ToUInt16BigEndian(),
        LinkOptionType.UInt32 => (long)attribute.ToUInt32(),
        LinkOptionType.UInt32BigEndian => (long)attribute.ToUInt32BigEndian(),
        LinkOptionType.Boolean => attribute.ToByte() != 0,
        LinkOptionType.BooleanUInt32 => attribute.ToUInt32() != 0,
        LinkOptionType.Presence => true,
        LinkOptionType.Bit => (attribute.ToUInt32() >> option.Bit & 1) != 0,
        LinkOptionType.Centiseconds => TimeSpan.FromMilliseconds((long)attribute.ToUInt32() * MillisecondsPerCentisecond),
        LinkOptionType.CentisecondsUInt64 => TimeSpan.FromMilliseconds((long)Math.Min(attribute.ToUInt64(), uint.MaxValue) * MillisecondsPerCentisecond),
        LinkOptionType.Seconds => TimeSpan.FromSeconds(attribute.ToUInt32()),
        LinkOptionType.Address => NetlinkValue.ToIPAddress(attribute.Value),
        LinkOptionType.HardwareAddress => new PhysicalAddress(attribute.Value.ToArray()),
        LinkOptionType.LinkIndex => attribute.ToInt32(),
        LinkOptionType.BridgeId => ToBridgeId(attribute.Value),
        _ => ToWord(option, Convert.ToInt32(Decode(option, option.WordType, attribute), CultureInfo.InvariantCulture)),
    };

    private static void Encode(NetlinkRequest request, LinkOption option, LinkOptionType type, object value)
    {
        ushort attribute = option.Attribute;
        CultureInfo culture = CultureInfo.InvariantCulture;
        switch (type)
        {
            case LinkOptionType.Byte:
                request.AddByte(attribute, Convert.ToByte(value, culture));
                break;
            case LinkOptionType.UInt16:
                request.AddUInt16(attribute, Convert.ToUInt16(value, culture));
                break;
            case LinkOptionType.UInt16BigEndian:
                request.AddUInt16BigEndian(attribute, Convert.ToUInt16(value, culture));
                break;
            case LinkOptionType.UInt32:
                request.AddUInt32(attribute, Convert.ToUInt32(value, culture));
                break;
            case LinkOptionType.UInt32BigEndian:
                request.AddUInt32(attribute, BinaryPrimitives.ReverseEndianness(Convert.ToUInt32(value, culture)));
                break;
            case LinkOptionType.Boolean:
                request.AddByte(attribute, ToBoolean(value) ? (byte)1 : (byte)0);
                break;
            case LinkOptionType.BooleanUInt32:
                request.AddUInt32(attribute, ToBoolean(value) ? 1u : 0u);
                break;
            case LinkOptionType.Presence:
                if (ToBoolean(value))
                    request.AddFlag(attribute);
                break;
            case LinkOptionType.Centiseconds:
                request.AddUInt32(attribute, checked((uint)(ToDuration(value).TotalMilliseconds / MillisecondsPerCentisecond)));
                break;
            case LinkOptionType.CentisecondsUInt64:
                request.AddUInt64(attribute, checked((ulong)(ToDuration(value).TotalMilliseconds / MillisecondsPerCentisecond)));
                break;
            case LinkOptionType.Seconds:
                request.AddUInt32(attribute, checked((uint)ToDuration(value).TotalSeconds));
                break;
            case LinkOptionType.Address:
                IPAddress address = value as IPAddress ?? IPAddress.Parse(Convert.ToString(value, culture) ?? "");
                request.Add(address.AddressFamily == AddressFamily.InterNetworkV6 ? option.Attribute6 : attribute, address.GetAddressBytes());
                break;
            case LinkOptionType.HardwareAddress:
                request.Add(attribute, (value as PhysicalAddress ?? PhysicalAddress.Parse(Convert.ToString(value, culture))).GetAddressBytes());
                break;
            case LinkOptionType.LinkIndex:
                request.AddInt32(attribute, Convert.ToInt32(value, culture));
                break;
            case LinkOptionType.Word:
                Encode(request, option, option.WordType, FromWord(option, value));
                break;
            default:
                throw new InvalidCastException("it cannot be set");
        }
    }

    private static bool ToBoolean(object value) =>
        // A SwitchParameter, which Core does not know, says True or False.
        value is IConvertible ? Convert.ToBoolean(value, CultureInfo.InvariantCulture) : bool.Parse(value.ToString() ?? "");

    /// <summary>A bare number is a number of seconds.</summary>
    private static TimeSpan ToDuration(object value) => value switch
    {
        TimeSpan span => span,
        string text when text.Contains(':') => TimeSpan.Parse(text, CultureInfo.InvariantCulture),
        _ => TimeSpan.FromSeconds(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
    };

    private static string ToWord(LinkOption option, int value)
    {
        foreach ((string word, int number) in option.Words)
        {
            if (number == value)
                return word;
        }
        return value.ToString(CultureInfo.InvariantCulture);
    }

    private static int FromWord(LinkOption option, object value)
    {
        string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        foreach ((string word, int number) in option.Words)
        {
            if (word.Equals(text, StringComparison.OrdinalIgnoreCase))
                return number;
        }
        throw new FormatException($"it is one of {string.Join(", ", option.Words.Select(w => w.Word))}");
    }

    /// <summary>As <c>ip</c> writes it: <c>8000.2:0:0:0:0:1</c>.</summary>
    private static string ToBridgeId(ReadOnlySpan<byte> id) => id.Length < 8
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{id[0]:x2}{id[1]:x2}.{id[2]:x}:{id[3]:x}:{id[4]:x}:{id[5]:x}:{id[6]:x}:{id[7]:x}");
}
