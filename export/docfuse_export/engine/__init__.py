"""What each engine of the embedded target consists of, beside its `model.onnx`: copied, not imported."""
