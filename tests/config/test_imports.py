"""What a process loads at its start, in a process of its own: each of these is held for as long as it runs."""

import os
import subprocess
import sys

START = """
import sys
import apps.config.asgi
print(*sys.modules)
from apps.config.celery import app
app.loader.import_default_modules()  # what a worker loads beyond that
print(*sys.modules)
"""
ONLY_FOR_SOME = {"sklearn", "scipy", "torch", "transformers", "vllm", "jieba.posseg"}


def test_web_and_workers_start_without_what_few_of_them_ever_need() -> None:
    started = subprocess.run(
        [sys.executable, "-c", START],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "apps.config.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    web, worker = (set(line.split()) for line in started.stdout.splitlines())
    assert web.isdisjoint(
        ONLY_FOR_SOME | {"trafilatura", "lxml", "rich", "pygments", "cryptography", "aiohttp", "onnxruntime"}
    )
    assert worker.isdisjoint(ONLY_FOR_SOME)
