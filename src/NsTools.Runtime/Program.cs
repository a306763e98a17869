Console.Error.WriteLine("nsrun: no command");
return 1;
