using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

public sealed partial class TextLoader
{
    /// <summary>A column of the view and where it is in the file.</summary>
    public sealed class Column
    {
        public string Name;
        public Range[] Source;

        /// <summary>Makes the column a key: 0-based numbers in the file.</summary>
        public KeyCount KeyCount;

        public Column()
        {
        }

        public Column(string name, DataKind dataKind, int index) : this(name, dataKind, [new Range(index)])
        {
        }

        public Column(string name, DataKind dataKind, int minIndex, int maxIndex) : this(name, dataKind, [new Range(minIndex, maxIndex)])
        {
        }

        public Column(string name, DataKind dataKind, Range[] source, KeyCount keyCount = null)
        {
            Contracts.CheckValue(name, nameof(name));
            Contracts.CheckValue(source, nameof(source));
            Name = name;
            DataKind = dataKind;
            Source = source;
            KeyCount = keyCount;
        }

        public DataKind DataKind { get; set; } = DataKind.Single;
    }

    /// <summary>Columns of the file.</summary>
    public sealed class Range
    {
        public int Min;
        public int? Max;

        /// <summary>To the end of the line, in a file whose lines are of one length.</summary>
        public bool AutoEnd;

        /// <summary>To the end of the line, wherever that is: a vector of unknown size.</summary>
        public bool VariableEnd;

        /// <summary>Within the range, only what no other range names.</summary>
        public bool AllOther;

        /// <summary>A vector, be it of one item.</summary>
        public bool ForceVector;

        public Range()
        {
        }

        public Range(int index)
        {
            Contracts.CheckParam(index >= 0, nameof(index), "Must be non-negative");
            Min = index;
            Max = index;
        }

        public Range(int min, int? max)
        {
            Contracts.CheckParam(min >= 0, nameof(min), "Must be non-negative");
            Contracts.CheckParam(!(max < min), nameof(max), "If specified, must be greater than or equal to " + nameof(min));
            Min = min;
            Max = max;
            ForceVector = true;
            AutoEnd = max == null;
        }
    }

    public class Options
    {
        public bool AllowQuoting;

        /// <summary>Whether lines may end in "count index:value index:value …".</summary>
        public bool AllowSparse;

        public int? InputSize;
        public char[] Separators = ['\t'];

        /// <summary>'.' or ','.</summary>
        public char DecimalMarker = '.';

        public Column[] Columns;

        /// <summary>Drop white space at the end of lines.</summary>
        public bool TrimWhitespace;

        public bool HasHeader;

        /// <summary>Without effect here: one thread reads.</summary>
        public bool UseThreads = true;

        /// <summary>Whether a quoted field may go on in the next line.</summary>
        public bool ReadMultilines;

        public string HeaderFile;
        public long? MaxRows;

        /// <summary>What stands before a quotation mark that belongs to a quoted field.</summary>
        public char EscapeChar = '"';

        /// <summary>Whether empty fields of real numbers are NaN instead of 0.</summary>
        public bool MissingRealsAsNaNs;

        public Options()
        {
        }

        internal Options Copy() => (Options)MemberwiseClone();
    }
}
