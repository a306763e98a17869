@{
    RootModule           = 'NsTools.Module.dll'
    # Loaded before the root module: it gives NsTools' dependencies their own AssemblyLoadContext.
    NestedModules        = @('NsTools.Loader.dll')
    ModuleVersion        = '0.1.0'
    GUID                 = '6f1d7c0e-3b0b-4c7e-9b55-6a5d2d9f3c11'
    Author               = 'The NsTools authors'
    CompanyName          = 'NsTools'
    Copyright            = '(c) 2026 The NsTools authors. MIT licence.'
    Description          = 'Linux namespaces, root filesystems, mounts and containers as PowerShell objects: what unshare, nsenter, chroot, mount and lsns do, in one process.'
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')
    FormatsToProcess     = @(
        'Cgroups.format.ps1xml'
        'Hosts.format.ps1xml'
        'Mounts.format.ps1xml'
        'Namespaces.format.ps1xml'
        'Networking.format.ps1xml'
        'RootFileSystems.format.ps1xml'
    )
    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()
    CmdletsToExport      = @(
        'Add-CgroupProcess'
        'Add-NetBridgePort'
        'Compare-Namespace'
        'Dismount-FileSystem'
        'Enter-Chroot'
        'Enter-Namespace'
        'Expand-RootFileSystem'
        'Find-NetRoute'
        'Find-RootFileSystem'
        'Get-Cgroup'
        'Get-CgroupLimit'
        'Get-CgroupProcess'
        'Get-CgroupStatistic'
        'Get-MountPoint'
        'Get-Namespace'
        'Get-NetBridgePort'
        'Get-NetIPAddress'
        'Get-NetIPConfiguration'
        'Get-NetLink'
        'Get-NetNeighbor'
        'Get-NetRoute'
        'Get-RootFileSystem'
        'Invoke-Chroot'
        'Invoke-Namespace'
        'Mount-FileSystem'
        'Move-NetLink'
        'New-Cgroup'
        'New-Namespace'
        'New-NetBridge'
        'New-NetIPAddress'
        'New-NetLink'
        'New-NetNeighbor'
        'New-NetRoute'
        'New-RootFileSystem'
        'New-VethPair'
        'Remove-Cgroup'
        'Remove-Namespace'
        'Remove-NetBridgePort'
        'Remove-NetIPAddress'
        'Remove-NetLink'
        'Remove-NetNeighbor'
        'Remove-NetRoute'
        'Remove-RootFileSystem'
        'Resume-Cgroup'
        'Save-RootFileSystem'
        'Set-CgroupLimit'
        'Set-NetLink'
        'Show-CgroupTree'
        'Stop-Cgroup'
        'Suspend-Cgroup'
        'Test-NsToolsHost'
        'Wait-CgroupEvent'
        'Watch-Cgroup'
        'Watch-NetEvent'
    )
    PrivateData          = @{
        PSData = @{
            Tags         = @('Linux', 'Namespace', 'Container', 'Chroot', 'Mount', 'OCI', 'PSEdition_Core')
            ProjectUri   = 'https://github.com/nstools/nstools'
            LicenseUri   = 'https://github.com/nstools/nstools/blob/main/LICENSE'
            ReleaseNotes = 'First version: root filesystems, chroot, namespaces and mounts.'
        }
    }
}
