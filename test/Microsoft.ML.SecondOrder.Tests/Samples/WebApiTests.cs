using System.Diagnostics;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;

namespace Microsoft.ML.SecondOrder.Tests.Samples;

public sealed class WebApiTests
{
    private static readonly object _trip = new { vendorId = "VTS", rateCode = "1", passengerCount = 1, tripTime = 1140, tripDistance = 3.75, paymentType = "CRD" };

    [Fact]
    public async Task A_newer_model_takes_over_without_a_lost_request()
    {
        using var folder = new Support.TemporaryFolder();
        var path = folder.File("taxi-fare.zip");
        Save(path, fare: 10);
        using var server = new Server(path);
        var address = await server.Address();
        using var client = new HttpClient { BaseAddress = address };

        Assert.Equal(10, await Fare(client), 0.01);

        using var stop = new CancellationTokenSource();
        var load = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var fares = new List<double>();
            while (!stop.IsCancellationRequested)
            {
                fares.Add(await Fare(client));
            }

            return fares;
        })).ToList();
        File.WriteAllText(path, "half a file");
        await Task.Delay(1200);
        Save(path + ".new", fare: 20);
        File.Move(path + ".new", path, overwrite: true);
        var clock = Stopwatch.StartNew();
        while (await Fare(client) < 15 && clock.Elapsed < TimeSpan.FromSeconds(30))
        {
            await Task.Delay(50);
        }

        stop.Cancel();
        var seen = (await Task.WhenAll(load)).SelectMany(f => f).ToList();
        Assert.Equal(20, await Fare(client), 0.01);
        Assert.All(seen, fare => Assert.True(Math.Abs(fare - 10) < 0.01 || Math.Abs(fare - 20) < 0.01, $"{fare}"));
        Assert.Contains(seen, fare => fare < 15);
    }

    [Fact]
    public void Without_a_model_it_says_how_to_get_one()
    {
        using var process = Start("--model", "none.zip");
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();

        Assert.Equal(1, process.ExitCode);
        Assert.Contains("samples/TaxiFare", errors);
    }

    /// <summary>A model that gives one fare for all trips, of the columns of samples/TaxiFare.</summary>
    private static void Save(string path, float fare)
    {
        var ml = new MLContext(1);
        var rows = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 20).Select(i => new Trip { PassengerCount = i % 2, TripTime = i, TripDistance = i % 3, FareAmount = fare }));
        var model = ml.Transforms.Categorical.OneHotEncoding([new("VendorId"), new("RateCode"), new("PaymentType")])
            .Append(ml.Transforms.Concatenate("Features", "VendorId", "RateCode", "PaymentType", "PassengerCount", "TripTime", "TripDistance"))
            .Append(ml.Regression.Trainers.NeuralNetwork("FareAmount", maximumNumberOfEpochs: 40))
            .Fit(rows);
        ml.Model.Save(model, rows.Schema, path);
    }

    private static async Task<double> Fare(HttpClient client)
    {
        using var answer = await client.PostAsJsonAsync("/predict", _trip);
        answer.EnsureSuccessStatusCode();
        using var json = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync());
        return json.RootElement.GetProperty("fareAmount").GetDouble();
    }

    private static Process Start(params string[] arguments)
    {
        var program = typeof(WebApiTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "WebApi").Value!;
        return Process.Start(new ProcessStartInfo("dotnet", ["exec", program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    private sealed class Server(string model) : IDisposable
    {
        private readonly Process _process = Start("--model", model, "--urls", "http://127.0.0.1:0");

        /// <summary>Where it listens, by its own word.</summary>
        public async Task<Uri> Address()
        {
            const string Words = "Now listening on: ";
            while (await _process.StandardOutput.ReadLineAsync() is { } line)
            {
                if (line.IndexOf(Words, StringComparison.Ordinal) is >= 0 and var at)
                {
                    _ = _process.StandardOutput.ReadToEndAsync(); // or the server would wait for a reader some day
                    _ = _process.StandardError.ReadToEndAsync();
                    return new Uri(line[(at + Words.Length)..].Trim());
                }
            }

            throw new InvalidOperationException("The server ended: " + await _process.StandardError.ReadToEndAsync());
        }

        public void Dispose()
        {
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }
    }

    private sealed class Trip
    {
        public string VendorId { get; set; } = "VTS";

        public string RateCode { get; set; } = "1";

        public float PassengerCount { get; set; }

        public float TripTime { get; set; }

        public float TripDistance { get; set; }

        public string PaymentType { get; set; } = "CRD";

        public float FareAmount { get; set; }
    }
}
