using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.SecondOrder.Loader;

// The attribute that ML.NET looks for is internal to Microsoft.ML.Core; the runtime honours this grant.
[assembly: IgnoresAccessChecksTo("Microsoft.ML.Core")]

[assembly: LoadableClass(
    typeof(ITransformer), typeof(NetworkLoader), null, typeof(SignatureLoadModel), "", NetworkLoader.LoaderSignature)]
