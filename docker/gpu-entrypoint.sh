#!/bin/sh
# Entry point of the GPU image. `serve` builds what engines are missing, or do not fit this GPU and this TensorRT
# any more, and serves them; any other command of docfuse is run as it is.
#   DOCFUSE_PLANS      where engines are kept, a folder for each kind of GPU (/plans)
#   DOCFUSE_PRECISION  precision of the engines, as `docfuse export --precision` takes it
set -eu

# NVIDIA's own entry point makes older drivers work (CUDA forward compatibility), then runs what it is given.
nvidia=/opt/nvidia/nvidia_entrypoint.sh
if [ -x "$nvidia" ] && [ -z "${DOCFUSE_ENTERED-}" ]; then
    DOCFUSE_ENTERED=1 exec "$nvidia" "$0" "$@"
fi

if [ "${1-serve}" != serve ]; then
    exec docfuse "$@"
fi

if ! gpu=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>&1); then
    echo "Error: no GPU is to be seen ($gpu): run with --gpus 1 and NVIDIA's container toolkit." >&2
    exit 1
fi
capability=$(echo "$gpu" | sort -u)
if [ "$(echo "$capability" | wc -l)" -ne 1 ]; then
    echo "Error: GPUs of different kinds ($(echo $capability)): give a container GPUs of one kind." >&2
    exit 1
fi
repository="${DOCFUSE_PLANS:-/plans}/$capability"

docfuse export --target tensorrt --no-parity --out "$repository" ${DOCFUSE_PRECISION:+--precision "$DOCFUSE_PRECISION"}
[ $# -eq 0 ] || shift
exec docfuse serve --repository "$repository" "$@"
