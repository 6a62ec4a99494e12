# docfuse on an NVIDIA GPU: NVIDIA's Triton, the Python steps, and the exporter, which builds the engines for the
# GPU that it finds when the container starts.
#   docker build -f docker/gpu.Dockerfile -t docfuse:gpu .
ARG BASE=nvcr.io/nvidia/tritonserver:25.06-py3

FROM ${BASE}
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3-venv libgl1 libglib2.0-0 \
 && apt-get clean && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.cache/pip \
    python3 -m venv /opt/docfuse \
 && /opt/docfuse/bin/pip install --constraint constraints.txt ".[triton]"
# TensorRT's Python bindings, in the version of the libraries that Triton's backend loads; the container names
# both that and CUDA's in its environment. `tensorrt` itself is only another name for them.
ARG TENSORRT_VERSION=
RUN --mount=type=cache,target=/root/.cache/pip \
    version="${TENSORRT_VERSION:-${TRT_VERSION%%+*}}" \
 && /opt/docfuse/bin/pip install --no-deps "tensorrt-cu${CUDA_VERSION%%.*}-bindings==${version}" \
 && module=$(echo /opt/docfuse/lib/python3.*/site-packages)/tensorrt.py \
 && printf 'from tensorrt_bindings import *\nfrom tensorrt_bindings import __version__\n' > "${module}"
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="docfuse" \
      org.opencontainers.image.description="Document classification and template-free recognition, on a GPU" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN install -m 0755 docker/gpu-entrypoint.sh /usr/local/bin/docfuse-entrypoint \
 && useradd --system --uid 10001 --user-group --no-create-home --home-dir /tmp docfuse \
 && install -d -o docfuse -g docfuse /plans \
 && chmod -R a+rX /opt/docfuse
WORKDIR /tmp
ENV PATH=/opt/docfuse/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    DOCFUSE_TRITON=/opt/tritonserver \
    DOCFUSE_PLANS=/plans \
    DOCFUSE_HOST=0.0.0.0 \
    DOCFUSE_HEALTH_PORT=8003 \
    DOCFUSE_MAX_IN_FLIGHT=32 \
    DOCFUSE_VERBOSE=1
USER 10001:10001
VOLUME /plans
# gRPC, HTTP, Prometheus metrics, /ready and /live
EXPOSE 8001 8000 8002 8003
STOPSIGNAL SIGTERM
# the first start builds the engines
HEALTHCHECK --interval=15s --timeout=5s --start-period=1800s --retries=3 CMD ["docfuse", "health"]
ENTRYPOINT ["docfuse-entrypoint"]
CMD ["serve"]
