using NsTools.Runtime.Commands;

return CommandLine.Run(args);
