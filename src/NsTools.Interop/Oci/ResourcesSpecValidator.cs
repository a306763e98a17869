namespace NsTools.Interop.Oci;

/// <summary>Checks <see cref="ResourcesSpec"/> (config-linux.md, "Control groups"); what a number may be is the kernel's to say.</summary>
internal static class ResourcesSpecValidator
{
    public static void Validate(string path, ResourcesSpec resources)
    {
        for (int i = 0; i < (resources.Devices?.Count ?? 0); i++)
            ValidateDevice(JsonPath.Item($"{path}.devices", i), resources.Devices![i]);
        SpecCheck.NoNul($"{path}.cpu.cpus", resources.Cpu?.Cpus);
        SpecCheck.NoNul($"{path}.cpu.mems", resources.Cpu?.Mems);
        for (int i = 0; i < (resources.HugepageLimits?.Count ?? 0); i++)
            ValidatePageSize($"{JsonPath.Item($"{path}.hugepageLimits", i)}.pageSize", resources.HugepageLimits![i].PageSize);
        for (int i = 0; i < (resources.Network?.Priorities?.Count ?? 0); i++)
            SpecCheck.Text($"{JsonPath.Item($"{path}.network.priorities", i)}.name", resources.Network!.Priorities![i].Name);
        SpecCheck.Names($"{path}.rdma", resources.Rdma);
        if (resources.BlockIo is { } block)
            ValidateBlockIo($"{path}.blockIO", block);
        foreach ((string file, string value) in resources.Unified ?? new Dictionary<string, string>())
        {
            string item = JsonPath.Member($"{path}.unified", file);
            SpecCheck.Text(item, file);
            // It is a file of the cgroup's directory, no other one.
            if (file.Contains('/', StringComparison.Ordinal) || !file.Contains('.', StringComparison.Ordinal) || file.StartsWith('.'))
                throw new RuntimeSpecException(item, $"'{file}' is not the name of a cgroup v2 file");
            SpecCheck.NoNul(item, value);
        }
    }

    private static void ValidateDevice(string path, DeviceRuleSpec rule)
    {
        if (rule.Type is not null)
            SpecCheck.OneOf($"{path}.type", rule.Type, ["a", "c", "b"]);
        foreach (char letter in rule.Access ?? "")
        {
            if (letter is not ('r' or 'w' or 'm'))
                throw new RuntimeSpecException($"{path}.access", $"'{rule.Access}' is not made of r, w and m");
        }
        SpecCheck.Range($"{path}.major", rule.Major ?? -1, -1, uint.MaxValue);
        SpecCheck.Range($"{path}.minor", rule.Minor ?? -1, -1, uint.MaxValue);
    }

    private static void ValidateBlockIo(string path, BlockIoResourcesSpec block)
    {
        for (int i = 0; i < (block.WeightDevice?.Count ?? 0); i++)
            ValidateNumbers(JsonPath.Item($"{path}.weightDevice", i), block.WeightDevice![i].Major, block.WeightDevice[i].Minor);
        ValidateThrottles($"{path}.throttleReadBpsDevice", block.ThrottleReadBpsDevice);
        ValidateThrottles($"{path}.throttleWriteBpsDevice", block.ThrottleWriteBpsDevice);
        ValidateThrottles($"{path}.throttleReadIOPSDevice", block.ThrottleReadIopsDevice);
        ValidateThrottles($"{path}.throttleWriteIOPSDevice", block.ThrottleWriteIopsDevice);
    }

    private static void ValidateThrottles(string path, IReadOnlyList<ThrottleDeviceSpec>? devices)
    {
        for (int i = 0; i < (devices?.Count ?? 0); i++)
            ValidateNumbers(JsonPath.Item(path, i), devices![i].Major, devices[i].Minor);
    }

    private static void ValidateNumbers(string path, long major, long minor)
    {
        SpecCheck.Range($"{path}.major", major, 0, uint.MaxValue);
        SpecCheck.Range($"{path}.minor", minor, 0, uint.MaxValue);
    }

    // config-linux.md: ^[1-9][0-9]*[KMG]B$
    private static void ValidatePageSize(string path, string size)
    {
        ReadOnlySpan<char> number = size.Length > 2 ? size.AsSpan(0, size.Length - 2) : default;
        bool isSize = !number.IsEmpty && number[0] != '0' && size[^1] == 'B' && size[^2] is 'K' or 'M' or 'G';
        if (!isSize || number.ContainsAnyExceptInRange('0', '9'))
            throw new RuntimeSpecException(path, $"'{size}' is no page size such as 64KB, 2MB or 1GB");
    }
}
