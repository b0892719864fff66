using System.Reflection;

namespace Microsoft.ML.Runtime;

/// <summary>The classes that loaded models may name, and the extensions (custom mappings) found by contract.</summary>
public sealed class ComponentCatalog
{
    private const BindingFlags AnyInstance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
    private const BindingFlags AnyStatic = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.FlattenHierarchy;

    private static readonly string[] s_own =
        ["Microsoft.ML.DataView", "Microsoft.ML.Core", "Microsoft.ML.Data", "Microsoft.ML.Transforms", "Microsoft.ML.StandardTrainers"];

    private readonly Lock _lock = new();
    private readonly HashSet<string> _registered = [];
    private readonly Dictionary<(string Name, Type Signature), LoadableClassInfo> _classes = [];
    private readonly Dictionary<(Type Attribute, string Contract), Type> _extensions = [];

    internal ComponentCatalog()
    {
    }

    public void RegisterAssembly(Assembly assembly, bool throwOnError = true)
    {
        lock (_lock)
        {
            if (!_registered.Add(assembly.FullName))
                return;
            foreach (LoadableClassAttributeBase attribute in assembly.GetCustomAttributes(typeof(LoadableClassAttributeBase)))
                AddClass(attribute, throwOnError);
            AddExtensions(assembly, throwOnError);
        }
    }

    /// <summary>Makes an instance of the class of that name and signature; false if there is none.</summary>
    internal static bool TryCreateInstance<TRes, TSig>(IHostEnvironment env, out TRes result, string name, object[] arguments) where TRes : class
    {
        var catalog = env.ComponentCatalog;
        result = null;
        LoadableClassInfo info;
        lock (catalog._lock)
        {
            if (!catalog._classes.TryGetValue((Normalized(name), typeof(TSig)), out info))
                return false;
        }

        if (!typeof(TRes).IsAssignableFrom(info.Type))
            throw env.Except($"Loadable class '{name}' does not derive from '{typeof(TRes).FullName}'");
        result = (TRes)info.Create(env, arguments);
        return true;
    }

    /// <summary>An instance of the extension class with that kind of attribute and that contract.</summary>
    internal object GetExtensionValue(IHostEnvironment env, Type attributeType, string contractName)
    {
        lock (_lock)
        {
            if (_extensions.TryGetValue((attributeType, contractName), out var type))
                return Activator.CreateInstance(type);
        }

        throw env.Except($"Unable to locate an extension for the contract '{contractName}'. Ensure you have called "
            + $"ComponentCatalog.RegisterAssembly with the Assembly that contains a class decorated with a '{attributeType.FullName}'.");
    }

    private static string Normalized(string name) => (name ?? "").ToLowerInvariant().Trim();

    private void AddClass(LoadableClassAttributeBase attribute, bool throwOnError)
    {
        var (maker, wantsEnvironment) = FindMaker(attribute);
        if (maker == null)
        {
            if (throwOnError)
                throw Contracts.Except($"Can't instantiate loadable class '{attribute.InstanceType.Name}' with name '{attribute.LoadNames[0]}'");
            return;
        }

        var info = new LoadableClassInfo(attribute.InstanceType, maker, wantsEnvironment);
        foreach (var signature in attribute.SigTypes)
        {
            foreach (var name in attribute.LoadNames)
            {
                if (!_classes.TryAdd((Normalized(name), signature), info) && throwOnError)
                    throw Contracts.Except($"ComponentCatalog cannot map name '{name}' and SignatureType '{signature}' to {info.Type.Name}, "
                        + $"already mapped to {_classes[(Normalized(name), signature)].Type.Name}.");
            }
        }
    }

    /// <summary>The constructor or Create method, without or with an environment first; of both, the more visible one.</summary>
    private static (MethodBase Maker, bool WantsEnvironment) FindMaker(LoadableClassAttributeBase attribute)
    {
        var (constructor, constructorEnvironment) = Find(FindConstructor);
        var (create, createEnvironment) = Find(FindCreate);
        if (constructor == null || create == null)
            return constructor != null ? (constructor, constructorEnvironment) : (create, createEnvironment);
        int order = Visibility(constructor).CompareTo(Visibility(create));
        if (order == 0)
            throw Contracts.Except($"Can't load type {attribute.InstanceType}, because it has both create and constructor methods with the same visibility."
                + " Please indicate which one should be used by changing either the signature or the visibility of one of them.");
        return order > 0 ? (constructor, constructorEnvironment) : (create, createEnvironment);

        (MethodBase, bool) Find(Func<Type[], MethodBase> find)
            => find(attribute.CtorTypes) is { } plain ? (plain, false) : (find([typeof(IHostEnvironment), .. attribute.CtorTypes]), true);

        MethodBase FindConstructor(Type[] types) => attribute.InstanceType.IsAssignableFrom(attribute.LoaderType)
            ? attribute.LoaderType.GetConstructor(AnyInstance, null, types, null)
            : null;

        MethodBase FindCreate(Type[] types)
        {
            var method = attribute.LoaderType.GetMethod("Create", AnyStatic, null, types, null);
            return method?.DeclaringType == attribute.LoaderType && method.ReturnType == attribute.InstanceType ? method : null;
        }
    }

    private static int Visibility(MethodBase method) => (method.Attributes & MethodAttributes.MemberAccessMask) switch
    {
        MethodAttributes.FamANDAssem => 0,
        MethodAttributes.Private => 1,
        MethodAttributes.Family => 2,
        MethodAttributes.FamORAssem => 3,
        MethodAttributes.Assembly => 4,
        _ => 5,
    };

    private void AddExtensions(Assembly assembly, bool throwOnError)
    {
        if (s_own.Contains(assembly.GetName().Name))
            return;
        foreach (var type in assembly.GetTypes().Where(type => type.IsClass))
        {
            foreach (ExtensionBaseAttribute attribute in type.GetCustomAttributes(typeof(ExtensionBaseAttribute)))
            {
                if (!_extensions.TryAdd((attribute.GetType(), attribute.ContractName), type) && throwOnError)
                    throw Contracts.Except($"An extension for '{attribute.GetType().Name}' with contract '{attribute.ContractName}' has already been "
                        + "registered in the ComponentCatalog.");
            }
        }
    }

    private sealed class LoadableClassInfo(Type type, MethodBase maker, bool wantsEnvironment)
    {
        public Type Type { get; } = type;

        public object Create(IHostEnvironment env, object[] arguments)
        {
            if (wantsEnvironment)
                arguments = [env, .. arguments];
            try
            {
                return maker is ConstructorInfo constructor ? constructor.Invoke(arguments) : maker.Invoke(null, arguments);
            }
            catch (TargetInvocationException ex) when (ex.InnerException is { } inner && inner.IsMarked())
            {
                throw Contracts.Except("Error during class instantiation", ex);
            }
        }
    }
}
