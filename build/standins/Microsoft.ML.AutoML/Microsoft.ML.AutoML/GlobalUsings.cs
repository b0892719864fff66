global using Microsoft.ML.Data;
global using Microsoft.ML.SearchSpace;
