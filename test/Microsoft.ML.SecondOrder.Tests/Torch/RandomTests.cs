using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Torch;

[Collection(nameof(GlobalRandomState))]
public sealed class RandomTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void A_generator_of_a_seed_repeats_its_numbers()
    {
        Assert.Equal(Numbers(new Generator(3)), Numbers(new Generator(3)));
        Assert.NotEqual(Numbers(new Generator(3)), Numbers(new Generator(4)));
    }

    [Fact]
    public void A_generator_can_be_seeded_anew_and_goes_on()
    {
        var generator = new Generator(3);
        var first = Numbers(generator);

        Assert.NotEqual(first, Numbers(generator));
        generator.manual_seed(3);
        Assert.Equal(first, Numbers(generator));
        Assert.Equal(3, generator.initial_seed());
    }

    [Fact]
    public void The_state_of_a_generator_can_be_kept()
    {
        var generator = new Generator(3);
        _ = Numbers(generator);
        var state = generator.get_state();
        var next = Numbers(generator);

        generator.set_state(state);

        Assert.Equal(next, Numbers(generator));
    }

    [Fact]
    public void The_global_generator_gives_the_numbers_that_a_seed_gives_everywhere()
    {
        random.manual_seed(0);

        // As in any program on libtorch, whatever its language and version.
        Assert.Equal([0.4963f, 0.7682f, 0.0885f], rand(3).data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-4);
        random.manual_seed(0);
        Assert.Equal([1.5410f, -0.2934f, -2.1788f], randn(3).data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public void The_global_state_can_be_kept()
    {
        random.manual_seed(7);
        var state = random.get_rng_state();
        var first = rand(3).data<float>().ToArray();

        random.set_rng_state(state);

        Assert.Equal(first, rand(3).data<float>().ToArray());
    }

    [Fact]
    public void Seeding_repeats_the_initial_weights_of_a_layer()
    {
        random.manual_seed(1);
        var first = nn.Linear(3, 2);
        random.manual_seed(1);
        var second = nn.Linear(3, 2);

        Assert.Equal(first.weight.data<float>().ToArray(), second.weight.data<float>().ToArray());
        Assert.InRange(first.weight.abs().max().ToSingle(), 0, 1 / MathF.Sqrt(3));
    }

    [Fact]
    public void Draws_have_their_distributions()
    {
        var generator = new Generator(1);

        Assert.InRange(randn([10_000], generator: generator).mean().ToSingle(), -0.05f, 0.05f);
        Assert.InRange(randn([10_000], generator: generator).std().ToSingle(), 0.95f, 1.05f);
        Assert.InRange(rand([10_000], generator: generator).mean().ToSingle(), 0.45f, 0.55f);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (long)i), randperm(50, generator: generator).data<long>().ToArray().Order());
        var draws = randint(5, [1000], int64).data<long>().ToArray();
        Assert.Equal((0, 4), (draws.Min(), draws.Max()));
        Assert.Equal([2L, 3], bernoulli(full([2, 3], 0.5f)).shape);
        Assert.Equal([0L, 0L], multinomial(tensor(new float[] { 1, 0, 0 }), 2, replacement: true).data<long>().ToArray());
    }

    [Fact]
    public void Weights_are_initialized_in_the_common_ways()
    {
        Assert.Equal(0, nn.init.zeros_(empty(3)).abs().sum().ToSingle());
        Assert.Equal(3, nn.init.ones_(empty(3)).sum().ToSingle());
        Assert.Equal(6, nn.init.constant_(empty(3), 2).sum().ToSingle());
        Assert.InRange(nn.init.xavier_uniform_(empty(100, 100)).abs().max().ToSingle(), 0.1f, MathF.Sqrt(6f / 200) + 1e-6f);
        Assert.InRange(nn.init.kaiming_uniform_(empty(100, 100)).abs().max().ToSingle(), 0.2f, MathF.Sqrt(6f / 100) + 1e-6f);
        Assert.InRange(nn.init.normal_(empty(1000), 0, 3).std().ToSingle(), 2.5f, 3.5f);
    }

    [Fact]
    public void Generators_that_are_disposed_of_leave_no_memory_behind()
    {
        Make(1000);
        var before = Environment.WorkingSet;

        Make(10_000); // 2.6 KB each

        Assert.InRange(Environment.WorkingSet - before, long.MinValue, 8 << 20);

        static void Make(int count)
        {
            for (var i = 0; i < count; i++)
            {
                new Generator((ulong)i).Dispose();
            }
        }
    }

    private static float[] Numbers(Generator generator) => randn([4], generator: generator).data<float>().ToArray();
}
