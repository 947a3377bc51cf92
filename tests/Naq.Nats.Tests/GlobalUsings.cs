global using Naq.Brokers;
global using Naq.Conformance;
global using Xunit;
