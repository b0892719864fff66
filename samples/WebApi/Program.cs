// Serves a saved model to any number of threads, and takes over a newer one while it runs.
//   dotnet run --project samples/TaxiFare -- --save taxi-fare.zip
//   dotnet run --project samples/WebApi -- --model taxi-fare.zip --urls http://localhost:5000
using WebApi;

var builder = WebApplication.CreateBuilder(args);
var path = builder.Configuration["model"] ?? "taxi-fare.zip";
if (!File.Exists(path))
{
    Console.Error.WriteLine($"There is no model '{path}'. Train one with: dotnet run --project samples/TaxiFare -- --save {path}");
    return 1;
}

builder.Services.AddSingleton(services => new ModelPool<Trip, FarePrediction>(path, services.GetRequiredService<ILogger<ModelPool<Trip, FarePrediction>>>()));
builder.Services.AddHostedService(services => services.GetRequiredService<ModelPool<Trip, FarePrediction>>());

var app = builder.Build();
app.MapPost("/predict", (Trip trip, ModelPool<Trip, FarePrediction> pool) => pool.Predict(trip));
app.MapGet("/model", (ModelPool<Trip, FarePrediction> pool) => new { pool.Written });
app.Run();
return 0;
