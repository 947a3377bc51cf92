global using Naq.Scaling.Forecasting;
global using Naq.Scaling.Policies.Latency;
global using Xunit;
