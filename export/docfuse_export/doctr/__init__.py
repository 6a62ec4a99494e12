"""docTR's detectors and recognisers as engines of the specification.

Nothing here is imported, nor is torch, unless a docTR model is asked for.
"""
