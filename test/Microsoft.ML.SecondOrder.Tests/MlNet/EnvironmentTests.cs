using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>Hosts, channels, seeds, devices and cancellation as an extension sees them.</summary>
public sealed class EnvironmentTests
{
    private const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance;

    [Fact]
    public void A_context_is_an_environment_that_registers_hosts()
    {
        IHostEnvironment environment = new MLContext(seed: 1);

        IHost host = environment.Register("Trainer");

        Assert.NotNull(host.Rand);
    }

    [Fact]
    public void The_seed_of_the_context_fixes_the_numbers_of_its_hosts()
    {
        Assert.Equal(Numbers(Host(1)), Numbers(Host(1)));
        Assert.Equal(Numbers(Host(1, "Trainer")), Numbers(Host(1, "Other")));
        Assert.NotEqual(Numbers(Host(1)), Numbers(Host(2)));
    }

    [Fact]
    public void Without_a_seed_hosts_differ_from_run_to_run()
        => Assert.NotEqual(Numbers(Host(null)), Numbers(Host(null)));

    [Fact]
    public void Each_registration_consumes_randomness_of_the_environment()
    {
        IHostEnvironment first = new MLContext(seed: 1), second = new MLContext(seed: 1);

        var (a, b) = (Numbers(first.Register("Trainer")), Numbers(first.Register("Trainer")));

        Assert.NotEqual(a, b);
        Assert.Equal(a, Numbers(second.Register("Trainer")));
        Assert.Equal(b, Numbers(second.Register("Trainer")));
    }

    [Fact]
    public void Channel_messages_arrive_in_the_log_with_their_source()
    {
        var ml = new MLContext(seed: 1);
        var log = new List<LoggingEventArgs>();
        ml.Log += (_, e) => log.Add(e);

        using (var channel = ((IHostEnvironment)ml).Register("SoftmaxTrainer").Start("Training"))
        {
            channel.Info(MessageSensitivity.None, "epoch {0} loss {1:F2}", 3, 0.5);
            channel.Warning(MessageSensitivity.None, "careful");
            channel.Trace(MessageSensitivity.None, "detail");
        }

        Assert.All(log, e => Assert.Equal("SoftmaxTrainer; Training", e.Source));
        Assert.Contains(log, e => e.Kind == ChannelMessageKind.Info && e.RawMessage == $"epoch 3 loss {0.5:F2}");
        Assert.Contains(log, e => e.Kind == ChannelMessageKind.Warning && e.RawMessage == "careful");
        Assert.Contains(log, e => e.Kind == ChannelMessageKind.Trace && e.RawMessage == "detail");
        Assert.Contains(log, e => e.Message == "[Source=SoftmaxTrainer; Training, Kind=Warning] careful");
    }

    [Fact]
    public void A_channel_may_be_started_on_the_context_itself()
    {
        var ml = new MLContext();
        var sources = new List<string>();
        ml.Log += (_, e) => sources.Add(e.Source);

        using (var channel = ((IHostEnvironment)ml).Start("Loading")) channel.Info(MessageSensitivity.None, "x");

        Assert.Contains("Loading", sources);
    }

    [Fact]
    public void Progress_can_be_reported_but_is_not_logged()
    {
        var ml = new MLContext();
        var log = new List<LoggingEventArgs>();
        ml.Log += (_, e) => log.Add(e);
        IHostEnvironment environment = ml;
        var host = environment.Register("Trainer");

        using (var progress = host.StartProgressChannel("Training"))
        {
            progress.SetHeader(new ProgressHeader(["loss"], ["epochs"]), entry =>
            {
                entry.SetProgress(0, 1, 10);
                entry.SetMetric(0, 0.5);
            });
            progress.Checkpoint(0.5, 1);
        }

        Assert.DoesNotContain(log, e => e.RawMessage.Contains("loss") || e.RawMessage.Contains("0.5"));
    }

    [Fact]
    public void No_device_is_the_default_and_no_fallback_either()
    {
        var ml = new MLContext();

        Assert.Null(ml.GpuDeviceId);
        Assert.False(ml.FallbackToCpu);
        Assert.True(Directory.Exists(ml.TempFilePath));
    }

    [Fact]
    public void Seed_and_device_are_copied_to_a_host_when_it_is_registered()
    {
        var ml = new MLContext(seed: 7);
        var before = ((IHostEnvironment)ml).Register("Before");
        ml.GpuDeviceId = 0;
        ml.FallbackToCpu = true;
        ml.TempFilePath = Path.GetTempPath();
        var after = ((IHostEnvironment)ml).Register("After");

        Assert.Equal((7, null, false), (Internal(before, "Seed"), Internal(before, "GpuDeviceId"), (bool)Internal(before, "FallbackToCpu")!));
        Assert.Equal((7, 0, true), ((int?)Internal(after, "Seed"), (int?)Internal(after, "GpuDeviceId"), (bool)Internal(after, "FallbackToCpu")!));
        Assert.Equal(Path.GetTempPath(), Internal(after, "TempFilePath"));
    }

    [Fact]
    public void A_catalog_knows_its_environment_through_an_internal_interface()
    {
        var ml = new MLContext(seed: 3);
        object[] catalogs =
        [
            ml.Regression, ml.Regression.Trainers, ml.BinaryClassification, ml.BinaryClassification.Trainers, ml.MulticlassClassification,
            ml.MulticlassClassification.Trainers, ml.Data, ml.Model, ml.Transforms, ml.Transforms.Conversion, ml.Transforms.Categorical, ml.Transforms.Text,
        ];

        foreach (var catalog in catalogs)
        {
            var environment = catalog.GetType().GetInterface("Microsoft.ML.Data.IInternalCatalog")?.GetProperty("Environment")?.GetValue(catalog);

            var host = Assert.IsType<IHostEnvironment>(environment, exactMatch: false).Register("Trainer");
            Assert.Equal(3, Internal(host, "Seed"));
        }
    }

    [Fact]
    public void No_public_member_of_a_catalog_gives_its_environment()
    {
        var members = typeof(MLContext).Assembly.GetExportedTypes().Concat(typeof(ModelSaveContext).Assembly.GetExportedTypes())
            .Where(t => t != typeof(IHostEnvironment) && !t.IsInterface)
            .SelectMany(t => t.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(m => m switch
            {
                PropertyInfo p => typeof(IHostEnvironment).IsAssignableFrom(p.PropertyType),
                FieldInfo f => typeof(IHostEnvironment).IsAssignableFrom(f.FieldType),
                MethodInfo f => typeof(IHostEnvironment).IsAssignableFrom(f.ReturnType) && f.ReturnType != typeof(MLContext),
                _ => false,
            });

        Assert.Empty(members);
    }

    [Fact]
    public void Cancelling_a_context_cancels_its_hosts_and_those_registered_later()
    {
        var ml = new MLContext();
        var before = ((IHostEnvironment)ml).Register("Before");
        Assert.False(IsCanceled(before));

        Cancel(ml);

        Assert.True(IsCanceled(before));
        Assert.True(IsCanceled(((IHostEnvironment)ml).Register("After")));
    }

    [Fact]
    public void A_built_in_trainer_stops_when_its_context_is_cancelled()
    {
        var ml = new MLContext(seed: 1);
        var data = Clusters.View(ml, 12);
        Cancel(ml);

        Assert.Throws<OperationCanceledException>(() => ml.BinaryClassification.Trainers.LbfgsLogisticRegression("IsRose", "Size").Fit(data));
        Assert.Throws<OperationCanceledException>(() => ml.Regression.Trainers.Sdca("Target", "Size").Fit(data));
    }

    [Fact]
    public void Cancelling_is_no_public_matter()
    {
        Assert.Null(typeof(MLContext).GetMethod("CancelExecution"));
        Assert.False(typeof(IHost).Assembly.GetType("Microsoft.ML.Runtime.ICancelable", throwOnError: true)!.IsPublic);
    }

    [Fact]
    public void A_context_carries_options_by_name()
    {
        var ml = new MLContext();

        ml.SetOption("answer", 42);

        Assert.Equal(42, ml.GetOptionOrDefault<int>("answer"));
        Assert.Equal(0, ml.GetOptionOrDefault<int>("question"));
        Assert.True(ml.TryGetOption<int>("answer", out var answer));
        Assert.Equal(42, answer);
        Assert.True(ml.RemoveOption("answer"));
        Assert.False(ml.TryGetOption<int>("answer", out _));
    }

    private static IHost Host(int? seed, string name = "Trainer") => ((IHostEnvironment)new MLContext(seed)).Register(name);

    private static int[] Numbers(IHost host) => [.. Enumerable.Range(0, 8).Select(_ => host.Rand.Next(1_000_000))];

    private static object? Internal(object environment, string property)
        => environment.GetType().GetInterface("Microsoft.ML.Runtime.IHostEnvironmentInternal")!.GetProperty(property)!.GetValue(environment);

    private static bool IsCanceled(IHost host)
        => (bool)host.GetType().GetInterface("Microsoft.ML.Runtime.ICancelable")!.GetProperty("IsCanceled")!.GetValue(host)!;

    private static void Cancel(MLContext ml) => typeof(MLContext).GetMethod("CancelExecution", Any)!.Invoke(ml, null);
}
