"""Pure pre- and post-processing of docfuse on numpy arrays, and the specification of every tensor."""
