Console.Error.WriteLine("nstools: not yet");
return 1;
