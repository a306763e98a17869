namespace NsTools.Interop.Cgroups.Systemd;

/// <summary>One property of a systemd unit with its value: an item of <c>a(sv)</c> (org.freedesktop.systemd1(5)).</summary>
public sealed class UnitProperty
{
    private readonly string _type;
    private readonly Action<DBusWriter> _write;

    private UnitProperty(string name, string type, object value, Action<DBusWriter> write)
    {
        Name = name;
        Value = value;
        _type = type;
        _write = write;
    }

    /// <summary>Its name: <c>MemoryMax</c>.</summary>
    public string Name { get; }

    /// <summary>Its value.</summary>
    public object Value { get; }

    /// <summary>A property of type <c>s</c>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    public static UnitProperty Of(string name, string value) => new(name, "s", value, writer => writer.String(value));

    /// <summary>A property of type <c>b</c>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    public static UnitProperty Of(string name, bool value) => new(name, "b", value, writer => writer.Boolean(value));

    /// <summary>A property of type <c>t</c>; <see cref="ulong.MaxValue"/> is infinity.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    public static UnitProperty Of(string name, ulong value) => new(name, "t", value, writer => writer.UInt64(value));

    /// <summary>A property of type <c>au</c>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">Its values.</param>
    public static UnitProperty Of(string name, IReadOnlyList<int> values) => new(name, "au", values, writer => writer.Array(4, () =>
    {
        foreach (int value in values)
            writer.UInt32((uint)value);
    }));

    /// <inheritdoc/>
    public override string ToString() => $"{Name}={Value}";

    internal void WriteTo(DBusWriter writer)
    {
        writer.Align(8);
        writer.String(Name);
        writer.Signature(_type);
        _write(writer);
    }
}
