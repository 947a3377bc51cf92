return await Naq.Cli.NaqApp.RunAsync(args).ConfigureAwait(false);
