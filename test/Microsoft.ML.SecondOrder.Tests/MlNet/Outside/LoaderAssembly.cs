using System.Reflection;
using System.Reflection.Emit;

namespace Microsoft.ML.SecondOrder.Tests.MlNet.Outside;

/// <summary>An assembly that tells ML.NET, by its LoadableClass attributes, how to read <see cref="ShiftTransformer"/>.</summary>
/// <remarks>A shipped extension has such an assembly as a file; here it is made in memory, and handed out when ML.NET asks for it by name.</remarks>
internal static class LoaderAssembly
{
    public const string Name = "Microsoft.ML.SecondOrder.Tests.MadeLoader, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null";

    private static readonly Lazy<Assembly> Made = new(Make);

    /// <summary>From now on the assembly can be loaded by name in this process.</summary>
    public static void Offer()
    {
        var name = new AssemblyName(Name).Name;
        AppDomain.CurrentDomain.AssemblyResolve += (_, e) => new AssemblyName(e.Name).Name == name ? Made.Value : null;
    }

    public static Attribute Loadable(Type loader, string signature)
        => (Attribute)Constructor.Invoke([typeof(ITransformer), loader, null, SignatureLoadModel, "", new[] { signature }]);

    private static Assembly Core => typeof(ModelSaveContext).Assembly;

    private static Type SignatureLoadModel => Core.GetType("Microsoft.ML.SignatureLoadModel", throwOnError: true)!;

    private static ConstructorInfo Constructor => Core.GetType("Microsoft.ML.LoadableClassAttribute", throwOnError: true)!
        .GetConstructor([typeof(Type), typeof(Type), typeof(Type), typeof(Type), typeof(string), typeof(string[])])!;

    private static Assembly Make()
    {
        var assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName(Name), AssemblyBuilderAccess.Run);
        var module = assembly.DefineDynamicModule("loader");
        // The attribute class is internal to ML.NET's core: the runtime honours this request to see it.
        assembly.SetCustomAttribute(new CustomAttributeBuilder(IgnoresAccessChecksTo(module), [Core.GetName().Name!]));
        assembly.SetCustomAttribute(Attribute(typeof(ShiftTransformer.Loader), ShiftTransformer.LoaderSignature));
        assembly.SetCustomAttribute(Attribute(typeof(ShiftTransformer.LoaderWithEnvironment), ShiftTransformer.EnvironmentLoaderSignature));
        return assembly;
    }

    private static CustomAttributeBuilder Attribute(Type loader, string signature)
        => new(Constructor, [typeof(ITransformer), loader, null, SignatureLoadModel, "", new[] { signature }]);

    private static ConstructorInfo IgnoresAccessChecksTo(ModuleBuilder module)
    {
        var type = module.DefineType("System.Runtime.CompilerServices.IgnoresAccessChecksToAttribute", TypeAttributes.Public, typeof(Attribute));
        var il = type.DefineConstructor(MethodAttributes.Public, CallingConventions.Standard, [typeof(string)]).GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Call, typeof(Attribute).GetConstructor(BindingFlags.NonPublic | BindingFlags.Instance, [])!);
        il.Emit(OpCodes.Ret);
        return type.CreateType().GetConstructor([typeof(string)])!;
    }
}
