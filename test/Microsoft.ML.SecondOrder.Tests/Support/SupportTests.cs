using TorchSharp;

namespace Microsoft.ML.SecondOrder.Tests.Support;

public sealed class SupportTests
{
    [Fact]
    public void A_tensor_left_behind_is_a_leak()
    {
        var kept = new List<torch.Tensor>();

        var failure = Assert.ThrowsAny<Exception>(() => Leak.None(() => kept.Add(torch.ones(2))));

        Assert.Contains("1 more live", failure.Message);
        kept.ForEach(t => t.Dispose());
    }

    [Fact]
    public void Disposed_scoped_and_cached_tensors_are_no_leak()
    {
        torch.Tensor? cached = null;

        Leak.None(() =>
        {
            using var scope = torch.NewDisposeScope();
            cached ??= torch.ones(2).DetachFromDisposeScope();
            using var sum = torch.ones(2).add(cached);
        });

        cached?.Dispose();
    }

    [Fact]
    public void A_module_is_a_leak_until_it_is_disposed()
    {
        Leak.None(() =>
        {
            using var layer = torch.nn.Linear(2, 3);
            using var x = torch.ones(1, 2);
            using var y = layer.call(x);
        });
    }

    [Fact]
    public void A_second_process_answers()
        => Assert.Equal("a b", SecondProcess.Run(Child, "a", "b"));

    [Fact(Explicit = true)]
    public void Child() => SecondProcess.Answer(string.Join(' ', SecondProcess.Arguments));

    [Fact]
    public void A_second_process_that_fails_shows_what_it_said()
        => Assert.Contains("on purpose", Assert.ThrowsAny<Exception>(() => SecondProcess.Run(FailingChild)).Message);

    [Fact(Explicit = true)]
    public void FailingChild()
    {
        _ = SecondProcess.Arguments;
        Assert.Fail("on purpose");
    }
}
