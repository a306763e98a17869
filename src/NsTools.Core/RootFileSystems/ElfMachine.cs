namespace NsTools.RootFileSystems;

/// <summary>The machine that a program is for, from its ELF header (<c>elf(5)</c>).</summary>
internal static class ElfMachine
{
    /// <summary>How much of a file tells.</summary>
    public const int HeaderLength = 20;

    /// <summary>The machine as <c>uname -m</c> names it; null for no ELF file, or one for a machine that is not known.</summary>
    /// <param name="header">The file's first bytes.</param>
    public static string? Name(ReadOnlySpan<byte> header)
    {
        if (header.Length < HeaderLength || !header.StartsWith("\u007fELF"u8))
            return null;
        bool is64Bit = header[4] == 2, isBigEndian = header[5] == 2;
        int machine = isBigEndian ? (header[18] << 8) | header[19] : (header[19] << 8) | header[18];
        return machine switch
        {
            3 => "i686",
            8 => is64Bit ? "mips64" : "mips",
            20 => "ppc",
            21 => isBigEndian ? "ppc64" : "ppc64le",
            22 => is64Bit ? "s390x" : "s390",
            40 => "armv7l",
            62 => is64Bit ? "x86_64" : "x32",
            183 => "aarch64",
            243 => is64Bit ? "riscv64" : "riscv32",
            258 => "loongarch64",
            _ => null,
        };
    }
}
