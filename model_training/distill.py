"""Asks a teacher: `python -m model_training.distill IN.jsonl OUT.jsonl --teacher-url URL --teacher-model NAME`.

Conversations in, the same questions with the teacher's grounded answers out, ready for `clean`, `split` or a run's
`dataset/train/sft.jsonl`. A key, where the teacher wants one, is read from the environment, never from the command line.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from model_training.distilling import Teacher, distill
from model_training.errors import TrainingError
from model_training.records import read_rows, write_rows


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m model_training.distill", description=__doc__)
    parser.add_argument("conversations", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--teacher-url", required=True, help="an OpenAI-compatible address, ending in /v1")
    parser.add_argument("--teacher-model", required=True)
    parser.add_argument("--api-key-env", default="", help="the environment variable that holds the key")
    chosen = parser.parse_args(arguments)
    key = os.environ.get(chosen.api_key_env, "") if chosen.api_key_env else ""
    teacher = Teacher(url=chosen.teacher_url, model=chosen.teacher_model, api_key=key)
    try:
        distilled = distill(list(read_rows(chosen.conversations)), teacher=teacher)
    except (TrainingError, OSError) as error:
        sys.stderr.write(f"distill: {error}\n")
        return 1
    write_rows(chosen.target, distilled.records)
    sys.stderr.write(f"distill: {len(distilled.records):,} taught\n")
    for reason, count in distilled.dropped.most_common():
        sys.stderr.write(f"distill: {count:,} left out because {reason}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
