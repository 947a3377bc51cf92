global using Microsoft.Extensions.DependencyInjection;
global using Naq;
global using Naq.Testing;
global using Xunit;
