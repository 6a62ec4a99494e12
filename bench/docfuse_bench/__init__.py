"""`docfuse bench`: how fast a served docfuse is, by perf_analyzer and beside its bare engines."""
