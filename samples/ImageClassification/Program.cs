// What is on this picture? Convolutions on grey pictures, trained by a second-order method, and a sheet of the mistakes.
// A last argument --sheet FILE says where the sheet is drawn; mistakes.png otherwise.
//   dotnet run --project samples/ImageClassification                                            generated shapes
//   dotnet run --project samples/ImageClassification -- --idx images.gz labels.gz [TRAIN]       the files of MNIST; the first TRAIN to learn from
//   dotnet run --project samples/ImageClassification -- --folder FOLDER [SIDE]                   a folder of pictures for each class, scaled to SIDE pixels
using System.Globalization;
using ImageClassification;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var sheet = "mistakes.png";
if (args is [.. var others, "--sheet", var chosen])
{
    (args, sheet) = (others, chosen);
}

Album album;
int learned;
try
{
    switch (args)
    {
        case []:
            album = ShapeGenerator.Generate(1500, seed: 1);
            learned = 1000;
            break;
        case ["--idx", var images, var labels]:
            album = IdxReader.Read(images, labels);
            learned = album.Pictures.Count * 4 / 5;
            break;
        case ["--idx", var images, var labels, var count] when int.TryParse(count, out learned) && learned > 0:
            album = IdxReader.Read(images, labels);
            break;
        case ["--folder", var folder]:
            album = ImageFolder.Read(folder, 32);
            learned = album.Pictures.Count * 4 / 5;
            break;
        case ["--folder", var folder, var size] when int.TryParse(size, out var side) && side is >= 8 and <= 256:
            album = ImageFolder.Read(folder, side);
            learned = album.Pictures.Count * 4 / 5;
            break;
        default:
            Console.Error.WriteLine("Usage: ImageClassification [--idx images labels [TRAIN] | --folder FOLDER [SIDE]] [--sheet FILE]");
            return 2;
    }
}
catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}

// 1. Data. Pictures from a folder come class by class: mixed before they are divided.
var pictures = args is ["--folder", ..] ? album.Pictures.OrderBy(_ => 0).ToArray() : [.. album.Pictures];
if (args is ["--folder", ..])
{
    new Random(1).Shuffle(pictures);
}

if (learned >= pictures.Length)
{
    Console.Error.WriteLine($"There are {pictures.Length} pictures: {learned} to learn from leave none to test with.");
    return 1;
}

var context = new MLContext(seed: 1);
context.Log += (_, e) =>
{
    if (e.Source.StartsWith("NeuralNetwork", StringComparison.Ordinal) && e.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Info)
    {
        Console.WriteLine(e.RawMessage);
    }
};
var schema = SchemaDefinition.Create(typeof(Picture));
schema[nameof(Picture.Pixels)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1, album.Height, album.Width);
var train = context.Data.LoadFromEnumerable(pictures.Take(learned), schema);
var test = context.Data.LoadFromEnumerable(pictures.Skip(learned), schema);

// 2. The dimensions of the column say that it is an image; convolutions read it as one.
var pipeline = context.Transforms.Conversion.MapValueToKey("Label", nameof(Picture.Name))
    .Append(context.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkMulticlassTrainer.Options
    {
        FeatureColumnName = nameof(Picture.Pixels),
        Network = Network.Convolutional(16, 32),
        MaximumNumberOfEpochs = 10,
        Augmentation = new ImageAugmentation { Shift = 1 },
    }))
    .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
var model = pipeline.Fit(train);

// 3. Evaluate, and draw what went wrong.
var scored = model.Transform(test);
var metrics = context.MulticlassClassification.Evaluate(scored);
Console.WriteLine($"accuracy {metrics.MicroAccuracy:F4} on {pictures.Length - learned} pictures, log-loss {metrics.LogLoss:F4}");
var mistakes = context.Data.CreateEnumerable<Guess>(scored, reuseRowObject: false).Where(g => g.PredictedLabel != g.Name).Take(100).ToList();
MistakeSheet.Save(sheet, album, [.. mistakes.Select(m => m.Pixels)]);
Console.WriteLine($"{mistakes.Count} mistakes in {sheet}: {string.Join(", ", mistakes.Take(10).Select(m => $"a {m.Name} taken for a {m.PredictedLabel}"))}");
return 0;
