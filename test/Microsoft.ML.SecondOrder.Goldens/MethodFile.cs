using System.Text.Json;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Microsoft.ML.SecondOrder.Goldens;

/// <summary>Files of single methods: nested lists as inputs and expected values, tolerances at the top.</summary>
internal static class MethodFile
{
    private static readonly (string Prefix, Action<JsonElement, JsonElement, Comparison> Run)[] _runners =
    [
        ("kfac_linear", KfacFactors),
        ("kfac_conv", KfacSharing),
        ("kfac_shared", KfacSharing),
        ("kfac_exact", KfacSharing),
        ("kfac_mc", KfacSampledLabels),
        ("kfac_step", KfacSteps),
        ("ekfac", Ekfac),
        ("foof", Foof),
        ("lm_damping", LevenbergMarquardt),
        ("shampoo", ParameterMethodFiles.Shampoo),
        ("soap", ParameterMethodFiles.Soap),
        ("tnt", ParameterMethodFiles.Tnt),
        ("marglik_ard", EvidenceFile.Ard),
        ("marglik", EvidenceFile.Evidence),
        ("laplace_predictive", EvidenceFile.Predictive),
        ("kbfgs_double", QuasiNewtonFiles.Outputs),
        ("kbfgs_hessian", QuasiNewtonFiles.Inputs),
        ("rsvd_kfac", LowRankFile.Sketches),
        ("brand_update", LowRankFile.BrandUpdate),
        ("brand_c", LowRankFile.BrandCorrection),
        ("seng", SampleRowFiles.Seng),
        ("fngd", SampleRowFiles.Fngd),
        ("cgfac", SampleRowFiles.Cgfac),
        ("mbf", MiniBlockFile.Run),
        ("adas", ScheduleFiles.Adas),
        ("kfac_pinn", PinnFile.Run),
    ];

    public static Comparison Run(GoldenFile file)
    {
        var id = file.Root.Text("id");
        var run = _runners.FirstOrDefault(r => id.StartsWith(r.Prefix, StringComparison.Ordinal)).Run
            ?? throw new SkipException($"the method '{file.Root.Text("method")}' is not built yet");
        var comparison = new Comparison(file.Root.Number("rtol"), file.Root.Number("atol"));
        run(file.Root.GetProperty("inputs"), file.Root.GetProperty("expected"), comparison);
        return comparison;
    }

    /// <summary>Factors, gradient and damped directions of a network of dense layers.</summary>
    private static void KfacFactors(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        using var network = new ListedNetwork(inputs.GetProperty("layers"));
        var isClasses = inputs.Text("loss").StartsWith("cross_entropy", StringComparison.Ordinal);
        if (!isClasses)
        {
            throw new SkipException($"the loss '{inputs.Text("loss")}' is not built yet");
        }

        var (x, y) = (inputs.Numbers("X"), inputs.Numbers("y").to(int64));
        foreach (var kind in new[] { "type-2", "empirical" })
        {
            var factors = network.Factors(x, WeightSharing.Expand, o => kind == "empirical" ? [Residual(o, y)] : ListedNetwork.Roots(o, isClasses));
            foreach (var (name, factor) in factors)
            {
                var reference = expected.GetProperty(kind).GetProperty(name);
                comparison.Add($"A of {name}, {kind}", factor.A, reference.Numbers("A"));
                comparison.Add($"B of {name}, {kind}", factor.G, reference.Numbers("B"));
                if (kind == "type-2")
                {
                    CompareDirections(factor.A, factor.G, expected.GetProperty("gradient_joint_Wb").Numbers(name), inputs.Number("lam"), expected.GetProperty("preconditioned").GetProperty(name), comparison);
                }
            }
        }
    }

    private static void CompareDirections(Tensor a, Tensor g, Tensor gradient, double damping, JsonElement expected, Comparison comparison)
    {
        comparison.Add("π", KroneckerDamping.Pi(a, g), expected.Number("pi"));
        var (dampingA, dampingG) = KfacMath.Dampings(a, g, damping, KfacDamping.Factored);
        comparison.Add(
            "factored damping",
            Factorizations.DampedInverse(g, dampingG, "G").mm(gradient).mm(Factorizations.DampedInverse(a, dampingA, "A")),
            expected.Numbers("factored_pi_damping"));
        comparison.Add(
            "exact damping",
            KfacMath.InProduct(gradient, Factorizations.Eigen(a, damping, "A"), Factorizations.Eigen(g, damping, "G"), damping),
            expected.Numbers("exact_damping"));
    }

    /// <summary>Expand and reduce: only the products G ⊗ A are free of conventions.</summary>
    private static void KfacSharing(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        using var network = ListedNetwork.Named(inputs);
        var isClasses = inputs.Text("loss").StartsWith("cross_entropy", StringComparison.Ordinal);
        var scale = isClasses ? 1.0 : inputs.Text("loss") == "mse_sum" ? 2 * inputs.Numbers("X").shape[0] : throw new SkipException("this loss is not built yet");
        foreach (var (name, sharing) in new[] { ("expand", WeightSharing.Expand), ("reduce", WeightSharing.Reduce) })
        {
            var factors = network.Factors(inputs.Numbers("X"), sharing, o => ListedNetwork.Roots(o, isClasses));
            foreach (var ((_, factor), reference) in factors.Zip(expected.GetProperty(name).EnumerateObject()))
            {
                comparison.Add($"{name}, layer {reference.Name}", kron(factor.G, factor.A).mul(scale), kron(reference.Value.Numbers("B"), reference.Value.Numbers("A")));
                if (name == inputs.Find("setting")?.GetString())
                {
                    comparison.Add($"exact, layer {reference.Name}", kron(factor.G, factor.A).mul(scale), expected.GetProperty("exact_ggn_block").Numbers(reference.Name));
                }
            }
        }
    }

    private static void KfacSampledLabels(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        using var network = new ListedNetwork(inputs.GetProperty("layers"));
        var labels = inputs.Numbers("sampled_labels").to(int64); // [K, N]
        var factors = network.Factors(
            inputs.Numbers("X"),
            WeightSharing.Expand,
            o => Enumerable.Range(0, (int)labels.shape[0]).Select(k => Residual(o, labels[k]).div(Math.Sqrt(labels.shape[0]))));
        foreach (var (name, factor) in factors)
        {
            comparison.Add($"A of {name}", factor.A, expected.GetProperty("A").Numbers(name));
            comparison.Add($"B of {name}", factor.G, expected.GetProperty("B").Numbers(name));
        }
    }

    /// <summary>Two updates of another program's factors, which have another scale, and the clipped eigenvalue direction.</summary>
    private static void KfacSteps(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        using var network = new ListedNetwork(inputs.GetProperty("layers"));
        var options = new KfacOptions
        {
            Damping = inputs.Number("damping"),
            DampingKind = KfacDamping.Product,
            FactorDecay = inputs.Number("factor_decay"),
            Start = FactorStart.Identity,
            CovarianceInterval = 1,
            InverseInterval = 1,
            LossAverage = LossAverage.None,
        };
        var (xs, ys) = (inputs.Numbers("Xs"), inputs.Numbers("ys").to(int64));
        var states = new Dictionary<string, KfacPreconditioner>();
        for (var step = 0; step < xs.shape[0]; step++)
        {
            var reference = expected[step];
            var samples = network.Samples(xs[step], WeightSharing.Expand, o => [Residual(o, ys[step]).div(o.shape[0])]);
            var (inner, l) = (0.0, 0);
            foreach (var (name, sample) in samples)
            {
                // There, rows are divided by the number of positions first, and both factors are means over all rows.
                var (rows, positions) = (sample.Inputs.shape[0], (double)sample.Positions);
                var scaled = new LayerSample(sample.Inputs.div(positions), sample.OutputGradients.div(positions * Math.Sqrt(rows)), sample.Batch, sample.Positions);
                if (!states.TryGetValue(name, out var state))
                {
                    state = new KfacPreconditioner(options, new LayerShape(name, sample.OutputGradients.shape[1], sample.Inputs.shape[1], true, float64, CPU));
                    states.Add(name, state);
                }

                state.Observe(scaled);
                state.Refresh(step, 1);
                var gradient = sample.OutputGradients.t().mm(sample.Inputs);
                var direction = state.Precondition(gradient);
                inner += direction.mul(gradient).sum().ToDouble();
                comparison.Add($"gradient of {name} at {step}", gradient, reference.GetProperty("raw_joint")[l].Numbers());
                comparison.Add($"A of {name} at {step}", state.InputFactor, reference.GetProperty("A")[l].Numbers());
                comparison.Add($"G of {name} at {step}", state.OutputFactor, reference.GetProperty("G")[l].Numbers());
                comparison.Add($"direction of {name} at {step}", direction.mul(reference.Number("nu")), reference.GetProperty("prec_joint")[l].Numbers());
                l++;
            }

            comparison.Add($"ν at {step}", Math.Min(1, Math.Sqrt(inputs.Number("kl_clip") / (inner * Math.Pow(inputs.Number("lr"), 2)))), reference.Number("nu"));
        }

        foreach (var state in states.Values)
        {
            state.Dispose();
        }
    }

    /// <summary>Directions for a batch's own second moments; weights and biases are listed one after the other.</summary>
    private static void Ekfac(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        using var network = new ListedNetwork(inputs.GetProperty("layers"));
        var (xs, ys) = (inputs.Numbers("Xs"), inputs.Numbers("ys").to(int64));
        for (var step = 0; step < xs.shape[0]; step++)
        {
            var samples = network.Samples(xs[step], WeightSharing.Expand, o => [Residual(o, ys[step]).div(o.shape[0])]);
            var part = 0;
            foreach (var (name, sample) in samples)
            {
                var shape = new LayerShape(name, sample.OutputGradients.shape[1], sample.Inputs.shape[1], true, float64, CPU);
                using var ekfac = new EkfacPreconditioner(new EkfacOptions { Damping = inputs.Number("eps") }, shape);
                ekfac.Observe(sample);
                ekfac.Refresh(step, 1);
                var gradient = sample.OutputGradients.t().mm(sample.Inputs);
                foreach (var (what, actual) in new[] { ("raw", gradient), ("prec", ekfac.Precondition(gradient)) })
                {
                    var weight = expected[step].GetProperty(what)[part].Numbers();
                    comparison.Add($"{what} weight of {name}", actual.narrow(1, 0, shape.Inputs - 1), weight.reshape(shape.Outputs, -1));
                    comparison.Add($"{what} bias of {name}", actual.select(1, shape.Inputs - 1), expected[step].GetProperty(what)[part + 1].Numbers());
                }

                part += 2;
            }
        }
    }

    /// <summary>There the factor is a sum over the N rows of a batch: N times ours, as is the damping.</summary>
    private static void Foof(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        if (inputs.Text("kind") != "linear")
        {
            throw new SkipException($"the layer '{inputs.Text("kind")}' is not built yet");
        }

        double rows = inputs.Numbers("X").shape[0];
        var options = new FoofOptions { Damping = inputs.Number("damp") / rows, FactorDecay = inputs.Number("ema"), UpdateInterval = 1 };
        var gradient = inputs.Numbers("grad");
        using var foof = new FoofPreconditioner(options, new LayerShape("layer", gradient.shape[0], gradient.shape[1], false, float64, CPU));
        foreach (var (name, step) in new[] { ("X", 0), ("X2", 1) })
        {
            var x = inputs.Numbers(name);
            foof.Observe(new LayerSample(x, zeros(new[] { x.shape[0], gradient.shape[0] }, float64), x.shape[0], 1));
            foof.Refresh(step, 1);
        }

        comparison.Add("A", foof.InputFactor.mul(rows * expected.Number("n")), expected.Numbers("kf_A"));
        comparison.Add("inverse", foof.State["A_inverse"][0].div(rows), expected.Numbers("A_inv"));
        comparison.Add("direction", foof.Precondition(gradient).div(rows), expected.Numbers("update"));
    }

    private static void LevenbergMarquardt(JsonElement inputs, JsonElement expected, Comparison comparison)
    {
        var rule = new DampingRule
        {
            Factor = inputs.Number("decay_factor"),
            Lower = inputs.Number("lower"),
            Upper = inputs.Number("upper"),
            Minimum = inputs.Number("min_damping"),
            Maximum = inputs.Number("max_damping"),
        };
        foreach (var (row, reference) in inputs.GetProperty("rows").EnumerateArray().Zip(expected.GetProperty("rows").EnumerateArray()))
        {
            var (before, after, promised) = (row.Number("old_loss"), row.Number("new_loss"), row.Number("quad_change"));
            comparison.Add("ρ", DampingRule.Ratio(before, after, promised), reference.Number("rho"));
            comparison.Add("λ", rule.Next(row.Number("damping"), before, after, promised), reference.Number("damping"));
        }
    }

    /// <summary>p − e_y: the gradient of each row's own cross-entropy.</summary>
    private static Tensor Residual(Tensor outputs, Tensor labels) => F.softmax(outputs, 1).sub(F.one_hot(labels, outputs.shape[1]).to(float64)).detach();
}
