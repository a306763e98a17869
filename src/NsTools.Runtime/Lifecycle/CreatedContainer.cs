using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;

namespace NsTools.Runtime.Lifecycle;

/// <summary>What <see cref="ContainerCreation"/> has made.</summary>
/// <param name="Container">The container.</param>
/// <param name="Record">Its record.</param>
/// <param name="Spec">Its config.</param>
/// <param name="ProcessId">Its process, a child of the caller's.</param>
/// <param name="Terminal">The master of its terminal, for the caller to relay; null for none.</param>
internal sealed record CreatedContainer(Container Container, ContainerRecord Record, RuntimeSpec Spec, int ProcessId, SafeFileHandle? Terminal);
