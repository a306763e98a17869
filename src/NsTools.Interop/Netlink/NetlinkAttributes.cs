using System.Buffers.Binary;
using NsTools.Interop.Syscalls;

namespace NsTools.Interop.Netlink;

/// <summary>The attributes of a message or of a nest, for <c>foreach</c>. Lengths are checked as it goes.</summary>
/// <param name="data">The bytes.</param>
public readonly ref struct NetlinkAttributes(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;

    /// <summary>Goes through the attributes.</summary>
    public Enumerator GetEnumerator() => new(_data);

    /// <summary>The first attribute of a type.</summary>
    /// <param name="type">The type.</param>
    /// <param name="attribute">The attribute.</param>
    /// <returns>False when there is none.</returns>
    /// <exception cref="SyscallException"><c>EBADMSG</c>: a length that cannot be.</exception>
    public bool TryFind(ushort type, out NetlinkAttribute attribute)
    {
        foreach (NetlinkAttribute candidate in this)
        {
            if (candidate.Type == type)
            {
                attribute = candidate;
                return true;
            }
        }
        attribute = default;
        return false;
    }

    /// <summary>Goes through the attributes.</summary>
    public ref struct Enumerator
    {
        // NLA_TYPE_MASK: without NLA_F_NESTED and NLA_F_NET_BYTEORDER.
        private const ushort TypeMask = 0x3fff;
        private const int HeaderLength = 4;
        private ReadOnlySpan<byte> _left;

        internal Enumerator(ReadOnlySpan<byte> data)
        {
            _left = data;
            Current = default;
        }

        /// <summary>The attribute that it is at.</summary>
        public NetlinkAttribute Current { get; private set; }

        /// <summary>Goes to the next one.</summary>
        /// <exception cref="SyscallException"><c>EBADMSG</c>: a length that cannot be.</exception>
        public bool MoveNext()
        {
            // Fewer bytes than a header are padding, as the kernel's own nla_ok() has it.
            if (_left.Length < HeaderLength)
                return false;
            ushort length = BinaryPrimitives.ReadUInt16LittleEndian(_left);
            if (length < HeaderLength || length > _left.Length)
                throw NetlinkMessage.Malformed($"an attribute that says it has {length} bytes where {_left.Length} are left");
            ushort type = (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(_left[2..]) & TypeMask);
            Current = new NetlinkAttribute(type, _left[HeaderLength..length]);
            _left = _left[Math.Min(NetlinkMessage.Align(length), _left.Length)..];
            return true;
        }
    }
}
