"""Hold what people and CI run: the environment, the checks, the benchmarks."""
