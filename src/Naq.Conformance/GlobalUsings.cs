global using Naq.Brokers;
global using Xunit;
