using System.Globalization;
using System.Management.Automation;

namespace NsTools.Module.Cgroups;

/// <summary>Lets a time parameter take <c>50ms</c>, <c>200us</c>, <c>1s</c>, a <see cref="TimeSpan"/>, or a number of microseconds as control files have it.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class DurationTransformationAttribute : ArgumentTransformationAttribute
{
    private static readonly (string Unit, double Ticks)[] s_units =
    [
        ("us", TimeSpan.TicksPerMicrosecond), ("µs", TimeSpan.TicksPerMicrosecond), ("ms", TimeSpan.TicksPerMillisecond), ("s", TimeSpan.TicksPerSecond),
    ];

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
    {
        int or long or double => TimeSpan.FromMicroseconds(Convert.ToDouble(inputData is PSObject boxed ? boxed.BaseObject : inputData, CultureInfo.InvariantCulture)),
        string text => Parse(text),
        _ => inputData,
    };

    private static TimeSpan Parse(string text)
    {
        foreach ((string unit, double ticks) in s_units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value))
            {
                return TimeSpan.FromTicks((long)(value * ticks));
            }
        }
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double microseconds))
            return TimeSpan.FromMicroseconds(microseconds);
        return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan time)
            ? time
            : throw new ArgumentTransformationMetadataException($"'{text}' is no time. Give 50ms, 200us, 1s, a number of microseconds, or a TimeSpan.");
    }
}
