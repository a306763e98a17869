using System.Text;

namespace NsTools.Interop.FileSystems;

/// <summary>
/// The metadata of one file, as the module hands it to <c>nsrun own</c>: that runs in a user namespace where it may
/// set what the caller may not. A stream of these, one after the other, until its end.
/// </summary>
/// <param name="Path">The file's path below the directory that is worked on.</param>
/// <param name="Type">Its type: the <c>S_IFMT</c> bits.</param>
/// <param name="Inode">Number of its inode: what has another one by then is another file, and is left.</param>
/// <param name="Metadata">What it is to have.</param>
public readonly record struct MetadataRecord(RelativePath Path, uint Type, ulong Inode, FileMetadata Metadata)
{
    /// <summary>Writes the record.</summary>
    /// <param name="writer">Where to.</param>
    public void Write(BinaryWriter writer)
    {
        WriteBytes(writer, Path.Bytes);
        writer.Write(Type);
        writer.Write(Inode);
        writer.Write(Metadata.UserId);
        writer.Write(Metadata.GroupId);
        writer.Write(Metadata.Mode);
        writer.Write(Metadata.ModifiedSeconds);
        writer.Write(Metadata.ModifiedNanoseconds);
        writer.Write(Metadata.Attributes.Count);
        foreach (FileAttribute attribute in Metadata.Attributes)
        {
            WriteBytes(writer, attribute.TerminatedName);
            WriteBytes(writer, attribute.Value);
        }
    }

    /// <summary>Reads all records of a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <exception cref="EndOfStreamException">It ends within a record.</exception>
    /// <exception cref="InvalidDataException">A path leads elsewhere.</exception>
    public static IEnumerable<MetadataRecord> ReadAll(Stream stream)
    {
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        for (int first = stream.ReadByte(); first >= 0; first = stream.ReadByte())
        {
            byte[] rest = Exactly(reader, 3);
            byte[] name = Exactly(reader, first | (rest[0] << 8) | (rest[1] << 16) | (rest[2] << 24));
            RelativePath path = RelativePath.Root;
            if (name.Length > 0 && RelativePath.TryParse(name, out path) != RelativePathProblem.None)
                throw new InvalidDataException("a path leads out of the directory");
            yield return new MetadataRecord(path, reader.ReadUInt32(), reader.ReadUInt64(), ReadMetadata(reader));
        }
    }

    private static FileMetadata ReadMetadata(BinaryReader reader)
    {
        var metadata = new FileMetadata
        {
            UserId = reader.ReadUInt32(),
            GroupId = reader.ReadUInt32(),
            Mode = reader.ReadUInt16(),
            ModifiedSeconds = reader.ReadInt64(),
            ModifiedNanoseconds = reader.ReadInt32(),
        };
        int count = reader.ReadInt32();
        var attributes = new List<FileAttribute>();
        for (int i = 0; i < count; i++)
            attributes.Add(new FileAttribute(ReadBytes(reader), ReadBytes(reader)));
        return metadata with { Attributes = attributes };
    }

    private static void WriteBytes(BinaryWriter writer, ReadOnlySpan<byte> bytes)
    {
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    private static byte[] ReadBytes(BinaryReader reader) => Exactly(reader, reader.ReadInt32());

    private static byte[] Exactly(BinaryReader reader, int count)
    {
        byte[] bytes = reader.ReadBytes(count);
        return bytes.Length == count ? bytes : throw new EndOfStreamException();
    }
}
