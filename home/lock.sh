#!/usr/bin/env bash
# Writes the lock files in requirements/ from the pins in pyproject.toml and requirements/*.in.
# What is locked already stays at its version; with --upgrade in UPGRADE, it moves.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() {
  .venv/bin/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
    --custom-compile-command "make lock" ${UPGRADE:-} "$@"
}

compile requirements/uv.in --output-file requirements/uv.txt
compile pyproject.toml --output-file requirements/app.txt
compile pyproject.toml --group dev --constraint requirements/app.txt --output-file requirements/dev.txt
compile requirements/model.in --override requirements/model-overrides.txt --output-file requirements/model.txt
