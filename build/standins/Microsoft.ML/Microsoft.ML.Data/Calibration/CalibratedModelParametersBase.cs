using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Calibrators;

/// <summary>A model together with a calibrator of its scores.</summary>
public abstract class CalibratedModelParametersBase
{
    private readonly object _subModel;
    private readonly ICalibrator _calibrator;

    private protected CalibratedModelParametersBase(object subModel, ICalibrator calibrator)
    {
        _subModel = subModel;
        _calibrator = calibrator;
    }

    public object SubModel => _subModel;

    public ICalibrator Calibrator => _calibrator;
}

public abstract class CalibratedModelParametersBase<TSubModel, TCalibrator> : CalibratedModelParametersBase
    where TSubModel : class
    where TCalibrator : class, ICalibrator
{
    private protected CalibratedModelParametersBase(TSubModel subModel, TCalibrator calibrator) : base(subModel, calibrator)
    {
    }

    public new TSubModel SubModel => (TSubModel)base.SubModel;

    public new TCalibrator Calibrator => (TCalibrator)base.Calibrator;
}
