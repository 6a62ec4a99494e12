"""`docfuse batch`: many documents, on one machine or a Ray cluster, each exactly once."""
