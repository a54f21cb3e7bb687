# Subtide as an image, to run beside a Jellyfin.
#   docker build -t subtide .                      hears speech on the processor
#   docker build -t subtide:cuda --target cuda .   on an NVIDIA GPU (x86-64, driver 525 or newer)
# The base is a Debian: every pinned wheel exists for its glibc, on x86-64 and on ARM64. Its Python
# is the one that the tests run with: run.txt names other versions of some packages for a newer one.
ARG BASE_IMAGE=python:3.11-slim-bookworm

FROM ${BASE_IMAGE} AS builder
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements/run.txt requirements/build.txt ./
RUN python3 -m venv --without-pip /opt/subtide \
 && python3 -m pip --python /opt/subtide/bin/python install --require-hashes --only-binary :all: -r run.txt
RUN python3 -m venv /opt/build \
 && /opt/build/bin/pip install --require-hashes --only-binary :all: -r build.txt
COPY pyproject.toml README.md LICENSE ./
COPY daemon daemon/
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && python3 -m pip --python /opt/subtide/bin/python install --no-deps --no-index dist/*.whl

# ctranslate2 loads libcublas.so.12 when it meets a GPU. It needs no cuDNN: since 4.7 its wheels
# bring their own convolution. Its ARM64 wheel has no GPU part.
FROM ${BASE_IMAGE} AS cuda-libraries
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements/cuda.txt ./
RUN python3 -m pip install --require-hashes --only-binary :all: --no-compile --target /opt/cuda -r cuda.txt

FROM ${BASE_IMAGE} AS runtime
LABEL org.opencontainers.image.title="Subtide" \
      org.opencontainers.image.description="The subtitle companion of a Jellyfin server" \
      org.opencontainers.image.licenses="GPL-3.0-or-later"
COPY --from=builder /opt/subtide /opt/subtide
# The script is the `subtide` that `docker exec` finds too: whoever calls it, files belong to PUID.
COPY --chmod=0755 docker/entrypoint.sh /opt/sidecar/subtide
COPY --chmod=0755 docker/healthcheck.sh /opt/sidecar/healthcheck
RUN mkdir /config && chown 1000:1000 /config
# onnxruntime, which finds the speech, would tell its maker about every start.
ENV PATH=/opt/sidecar:${PATH} HOME=/config SUBTIDE_WEB__HOST=0.0.0.0 ORT_DISABLE_TELEMETRY=1
WORKDIR /config
VOLUME /config
EXPOSE 8765
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=5s --start-period=30s --retries=3 CMD ["/opt/sidecar/healthcheck"]
ENTRYPOINT ["/opt/sidecar/subtide"]
CMD ["run"]

FROM runtime AS cuda
COPY --from=cuda-libraries /opt/cuda /opt/cuda
ENV LD_LIBRARY_PATH=/opt/cuda/nvidia/cublas/lib:/opt/cuda/nvidia/cuda_nvrtc/lib
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility

# The last one is what a build without --target makes.
FROM runtime AS cpu
