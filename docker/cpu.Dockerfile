# docfuse on a CPU: tritonserver, the Python steps, and engines that are prepared and compiled already.
#   docker build -f docker/cpu.Dockerfile -t docfuse:cpu .
ARG BASE=docker.io/library/debian:bookworm-slim

FROM ${BASE} AS python
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 libpython3.11 \
 && apt-get clean && rm -rf /var/lib/apt/lists/*

FROM python AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip python3-venv libgl1 libglib2.0-0
WORKDIR /src
COPY . .
# What runs: no torch, no exporter, no pip; OpenVINO's plugins for other devices and the weights that the
# repository holds anyway are taken out.
ARG PACKAGES=/opt/docfuse/lib/python3.11/site-packages
RUN --mount=type=cache,target=/root/.cache/pip \
    python3 -m venv --without-pip /opt/docfuse \
 && python3 -m pip --python /opt/docfuse/bin/python install --constraint constraints.txt ".[runtime]" \
 && rm -r "${PACKAGES}"/docfuse_pipeline/data \
          "${PACKAGES}"/openvino/libs/libopenvino_intel_[gn]pu_* "${PACKAGES}"/openvino/libs/cache.json
# What makes the repository. Whole seconds as times of its files: compiled engines are found again by them.
RUN --mount=type=cache,target=/root/.cache/pip \
    python3 -m venv /tmp/export \
 && /tmp/export/bin/pip install --constraint constraints.txt ".[serve]" \
 && /tmp/export/bin/docfuse export --target embedded --out /opt/docfuse/repository \
 && find /opt/docfuse/repository -exec touch --date=2026-01-01 {} + \
 && /opt/docfuse/bin/docfuse serve --check --repository /opt/docfuse/repository \
 && chmod -R a+rX /opt/docfuse

FROM python
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="docfuse" \
      org.opencontainers.image.description="Document classification and template-free recognition, on a CPU" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /tmp docfuse
COPY --from=build /opt/docfuse /opt/docfuse
ENV PATH=/opt/docfuse/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    DOCFUSE_HOST=0.0.0.0 \
    DOCFUSE_HEALTH_PORT=8003 \
    DOCFUSE_REPOSITORY=/opt/docfuse/repository \
    DOCFUSE_VERBOSE=1
USER 10001:10001
# gRPC, HTTP, Prometheus metrics, /ready and /live
EXPOSE 8001 8000 8002 8003
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["docfuse", "health"]
ENTRYPOINT ["docfuse"]
CMD ["serve"]
