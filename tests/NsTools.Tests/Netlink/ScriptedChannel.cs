using System.Buffers.Binary;
using NsTools.Interop.Netlink;
using NsTools.Interop.Syscalls;

namespace NsTools.Tests.Netlink;

/// <summary>Answers as no kernel can be made to on demand: cut off, interrupted, overflowing, hostile.</summary>
internal sealed class ScriptedChannel : INetlinkChannel
{
    private readonly Queue<Func<byte[]>> _answers = new();

    public List<byte[]> Sent { get; } = [];

    public uint LastSequence => BinaryPrimitives.ReadUInt32LittleEndian(Sent[^1].AsSpan(8));

    public ScriptedChannel Answer(Func<byte[]> answer)
    {
        _answers.Enqueue(answer);
        return this;
    }

    public ScriptedChannel Fail(int errno) => Answer(() => throw new SyscallException("recvfrom", errno, "netlink"));

    public void Send(ReadOnlySpan<byte> datagram) => Sent.Add(datagram.ToArray());

    public ReadOnlySpan<byte> Receive(out bool truncated)
    {
        truncated = false;
        return _answers.Dequeue()();
    }

    public void Dispose()
    {
    }

    /// <summary>A message of this type with this payload, as the kernel lays it out.</summary>
    public static byte[] Message(ushort type, uint sequence, byte[] payload, NetlinkFlags flags = NetlinkFlags.None)
    {
        byte[] message = new byte[NetlinkMessage.Align(16 + payload.Length)];
        BinaryPrimitives.WriteInt32LittleEndian(message, 16 + payload.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(4), type);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(6), (ushort)flags);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(8), sequence);
        payload.CopyTo(message, 16);
        return message;
    }
}
