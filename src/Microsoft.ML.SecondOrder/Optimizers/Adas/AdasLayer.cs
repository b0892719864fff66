namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>What <see cref="AdasSchedule"/> found in the weight of a layer at the end of an epoch.</summary>
/// <param name="Name">The layer's or the parameter's name in its model.</param>
/// <param name="LearningRate">The rate for the next epoch.</param>
/// <param name="KnowledgeGain">S: mean of the relative singular values that are signal, from 0 (noise) to 1.</param>
/// <param name="Rank">Share of the singular values that are signal, from 0 to 1.</param>
/// <param name="Condition">Largest over least singular value of the signal; 0 where there is none.</param>
public sealed record AdasLayer(string Name, double LearningRate, double KnowledgeGain, double Rank, double Condition);
