BeforeAll {
    $manifestPath = (Resolve-Path "$PSScriptRoot/../../out/NsTools/NsTools.psd1").Path
    $module = Import-Module $manifestPath -PassThru
}

Describe 'The module' {
    It 'has a clean manifest' {
        $checked = Test-ModuleManifest $manifestPath -WarningVariable warnings -ErrorVariable errors
        $warnings | Should -BeNullOrEmpty
        $errors | Should -BeNullOrEmpty
        $checked.PowerShellVersion | Should -Be '7.6'
        $checked.CompatiblePSEditions | Should -Be 'Core'
        $checked.ProjectUri, $checked.LicenseUri, $checked.ReleaseNotes, $checked.Tags | Should -Not -BeNullOrEmpty
    }

    It 'exports cmdlets only, those that the manifest lists' {
        Get-Command -Module NsTools -CommandType Function, Alias | Should -BeNullOrEmpty
        (Get-Command -Module NsTools).Name | Should -BeIn $module.ExportedCmdlets.Keys
    }

    It 'uses approved verbs' {
        $approved = (Get-Verb).Verb
        (Get-Command -Module NsTools).Verb | Should -BeIn $approved
    }

    It 'lists no wildcard in its exports' {
        $data = Import-PowerShellDataFile $manifestPath
        foreach ($key in 'CmdletsToExport', 'FunctionsToExport', 'AliasesToExport', 'VariablesToExport') {
            $data[$key] | Where-Object { $_ -match '[*?]' } | Should -BeNullOrEmpty
        }
    }

    It 'imports in a fresh pwsh without a word, and again with -Force' {
        $said = & (Get-Process -Id $PID).Path -NoProfile -Command "Import-Module '$manifestPath'; Import-Module '$manifestPath' -Force; Remove-Module NsTools; Import-Module '$manifestPath'" 2>&1
        $said | Should -BeNullOrEmpty
        $LASTEXITCODE | Should -Be 0
    }
}

Describe 'Beside a module that carries another SharpCompress' {
    BeforeAll {
        # A real module, built against a version that is not ours and carrying it.
        $other = New-Item "$TestDrive/OtherArchives" -ItemType Directory
        Set-Content "$other/OtherArchives.csproj" @'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <CopyLocalLockFileAssemblies>true</CopyLocalLockFileAssemblies>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="PowerShellStandard.Library" Version="5.1.1" PrivateAssets="all" />
    <PackageReference Include="SharpCompress" Version="0.48.0" />
  </ItemGroup>
</Project>
'@
        Set-Content "$other/ExpandOtherArchiveCommand.cs" @'
using System.IO;
using System.Management.Automation;
[Cmdlet(VerbsData.Expand, "OtherArchive")]
public sealed class ExpandOtherArchiveCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public string Path { get; set; } = "";
    protected override void ProcessRecord()
    {
        using var stream = new SharpCompress.Compressors.Xz.XZStream(File.OpenRead(Path));
        var plain = new MemoryStream();
        stream.CopyTo(plain);
        WriteObject(plain.Length);
    }
}
'@
        $built = dotnet build $other -c Release -o "$other/bin/module" -nologo -v quiet 2>&1
        if ($LASTEXITCODE -ne 0) { throw "The other module does not build: $built" }
        $otherModule = "$other/bin/module/OtherArchives.dll"

        # A tar archive with the file hello, in xz.
        $archive = "$TestDrive/hello.tar.xz"
        [IO.File]::WriteAllBytes($archive, [Convert]::FromBase64String('/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/AGBdADQZSe6N1/i4P8k3Mt7I1YCE//IZ90G1wny6qtj+Uw2SLrdOtbDVDHkBNd8gMzG1RKmGhZUOPfcIaBirvBk3FAABCYRJ+9aGs4RR/Jbu3yxNtvcYU8FnpARmYrEVka/0AABo+cvvtbQsOAABfIBQAAAAV6ZexbHEZ/sCAAAAAARZWg=='))

        $useOther = "Import-Module '$otherModule'; Expand-OtherArchive '$archive'"
        $useOurs = "Import-Module '$manifestPath'; `$null = Expand-RootFileSystem -Path '$archive' -Destination '{0}' -ErrorAction Stop; Get-Content '{0}/hello'"
        $tell = @'
[AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'SharpCompress' } |
    ForEach-Object { "$([Runtime.Loader.AssemblyLoadContext]::GetLoadContext($_).Name) $($_.GetName().Version.ToString(2))" } | Sort-Object
'@
        $package = [xml](Get-Content "$PSScriptRoot/../../Directory.Packages.props")
        $ourVersion = [version] ($package.Project.ItemGroup.PackageVersion | Where-Object Include -eq SharpCompress).Version
    }

    It 'each uses its own, imported <Order>' -ForEach @(
        @{ Order = 'before NsTools'; First = 'useOther'; Second = 'useOurs'; Said = '10240', 'hello' }
        @{ Order = 'after NsTools'; First = 'useOurs'; Second = 'useOther'; Said = 'hello', '10240' }
    ) {
        $destination = Join-Path $TestDrive ($Order -replace ' ')
        $text = (Get-Variable $First -ValueOnly), (Get-Variable $Second -ValueOnly), $tell -join "`n"
        $script = $text.Replace('{0}', (Join-Path $TestDrive ($Order -replace ' ')))
        $lines = & (Get-Process -Id $PID).Path -NoProfile -Command $script 2>&1
        $lines | Should -Be ($Said + 'Default 0.48', "NsTools $($ourVersion.ToString(2))")
    }
}
