# SeekDesk in containers. Targets: web, worker (no torch), trainer (adds the model environment: vLLM's CPU build, training).
#   docker build --target web -t seekdesk-web .
# Everything from the package index is checked by hash, except torch: which build fits (CPU, CUDA) is the host's
# business. For the small CPU build, point pip at an index that has it:  --build-arg PIP_EXTRA_INDEX_URL=...

FROM python:3.11-slim-bookworm AS base
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1
RUN useradd --uid 10001 --create-home desk \
    && mkdir -p /data /models /app/models \
    && chown desk:desk /data /models /app/models
WORKDIR /app

# --- What web and worker need ---------------------------------------------------------------------------

FROM base AS app-environment
COPY requirements/uv.txt requirements/app.txt /tmp/requirements/
RUN python -m venv /opt/uv \
    && /opt/uv/bin/pip install --require-hashes -r /tmp/requirements/uv.txt \
    && python -m venv /venv \
    && /opt/uv/bin/uv pip install --python /venv/bin/python --no-deps --require-hashes -r /tmp/requirements/app.txt

FROM base AS app
COPY --from=app-environment /venv /venv
# One thread for the embedder: it would take every core for one short question.
ENV PATH=/venv/bin:$PATH DATA_DIR=/data OMP_NUM_THREADS=1 MALLOC_ARENA_MAX=2 ANONYMIZED_TELEMETRY=False
COPY manage.py pyproject.toml ./
COPY retrieval retrieval
COPY dialogue dialogue
COPY model_training model_training
COPY apps apps
COPY demo demo
USER desk
VOLUME /data

FROM app AS web
# What was freed goes back to the system, see home/processes.py.
ENV MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["uvicorn", "apps.config.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--timeout-graceful-shutdown", "5", "--no-server-header"]

FROM app AS worker
HEALTHCHECK --interval=30s --timeout=20s --start-period=60s \
  CMD ["sh", "-c", "celery -A apps.config.celery inspect ping --timeout 10 --destination celery@$(hostname)"]
CMD ["celery", "-A", "apps.config.celery", "worker", "--concurrency", "2", "--prefetch-multiplier", "1", "--loglevel", "INFO"]

# --- What serves and trains models -----------------------------------------------------------------------

FROM base AS model-environment
ARG PIP_EXTRA_INDEX_URL=
COPY requirements/uv.txt requirements/torch.txt requirements/model.txt /tmp/requirements/
RUN python -m venv /opt/uv \
    && /opt/uv/bin/pip install --require-hashes -r /tmp/requirements/uv.txt \
    && python -m venv /venv-model \
    && /venv-model/bin/pip install --only-binary=:all: -r /tmp/requirements/torch.txt \
    && /opt/uv/bin/uv pip install --python /venv-model/bin/python --no-deps --require-hashes -r /tmp/requirements/model.txt

FROM app AS trainer
USER root
# vLLM's CPU build links against libnuma.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libnuma1 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=model-environment /venv-model /venv-model
# Where a training looks for it.
RUN ln -s /venv-model /app/.venv-model
USER desk
VOLUME /models
CMD ["celery", "-A", "apps.config.celery", "worker", "--queues", "training", "--concurrency", "1", "--prefetch-multiplier", "1", "--loglevel", "INFO"]
