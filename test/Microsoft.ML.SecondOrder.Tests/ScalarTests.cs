using System.Reflection;
using System.Reflection.Emit;
using Microsoft.ML.SecondOrder.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests;

/// <summary>
/// TorchSharp may free a number while libtorch reads it (see <c>Matrices/TensorArithmetic.cs</c>): no other code of the product
/// may turn numbers into scalars, or call what does so inside.
/// </summary>
public sealed class ScalarTests
{
    /// <summary>Members of Tensor whose factor of 1 is such a number, when called with a tensor alone.</summary>
    private static readonly HashSet<string> _hidden = ["add", "add_", "sub", "sub_", "addcdiv", "addcdiv_", "op_Addition", "op_Subtraction"];

    [Fact]
    public void No_method_outside_of_tensor_arithmetic_makes_a_scalar()
    {
        var offenders = from type in typeof(Network).Assembly.GetTypes()
                        where type.Name != "TensorArithmetic"
                        from method in Methods(type)
                        from called in Calls(method)
                        where MakesScalar(called)
                        select $"{type.Name}.{method.Name} calls {called.DeclaringType!.Name}.{called.Name}";

        Assert.Empty(offenders);
    }

    [Fact]
    public void The_scan_sees_scalars_that_are_made()
    {
        var method = GetType().GetMethod(nameof(MakesTwo), BindingFlags.NonPublic | BindingFlags.Static)!;

        Assert.Equal(3, Calls(method).Count(MakesScalar));
    }

    private static Tensor MakesTwo(Tensor t) => t.mul(0.5).add(t).sub(2);

    private static IEnumerable<MethodBase> Methods(Type type)
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        return type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All));
    }

    private static bool MakesScalar(MethodBase called) =>
        (called.DeclaringType == typeof(Scalar) && called.Name == "op_Implicit")
        || (called.DeclaringType == typeof(ScalarExtensionMethods))
        || (called.DeclaringType == typeof(Tensor) && _hidden.Contains(called.Name) && called.GetParameters().All(p => p.ParameterType == typeof(Tensor)));

    /// <summary>The methods that a method calls, from its instructions.</summary>
    private static IEnumerable<MethodBase> Calls(MethodBase method)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (var at = 0; at < code.Length;)
        {
            var first = code[at++];
            var instruction = first == 0xFE ? _long[code[at++]] : _short[first];
            if (instruction.OperandType == OperandType.InlineMethod)
            {
                var arguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
                yield return method.Module.ResolveMethod(
                    BitConverter.ToInt32(code, at), arguments, method.IsGenericMethod ? method.GetGenericArguments() : null)!;
            }

            at += instruction.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, at),
                _ => 4,
            };
        }
    }

    private static readonly OpCode[] _short = Table(1);
    private static readonly OpCode[] _long = Table(2);

    private static OpCode[] Table(int size)
    {
        var table = new OpCode[256];
        foreach (var field in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            if (field.GetValue(null) is OpCode code && code.Size == size)
            {
                table[(byte)code.Value] = code;
            }
        }

        return table;
    }
}
