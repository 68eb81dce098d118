"""`python -m home STAGE`: what `make STAGE` calls once `.venv` is there."""

import argparse
import os
import sys
from collections.abc import Sequence

from home import stages
from home.demo import run_demo
from home.errors import HomeError


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m home", description=__doc__)
    parser.add_argument("stage", choices=["demo", "up", "down", "status", "logs", "model"])
    parser.add_argument("--name", default="", help="for logs: one process")
    parser.add_argument("--wait", action="store_true", help="for up: until the model answers too")
    chosen = parser.parse_args(arguments)
    try:
        return _do(chosen) or 0
    except HomeError as error:
        stages.tell(str(error))
        return 1
    except KeyboardInterrupt:
        stages.tell("\nInterrupted. What has started goes on running; `make down` stops it.")
        return 130


def _do(chosen: argparse.Namespace) -> int | None:
    match chosen.stage:
        case "demo":
            run_demo(os.environ)
        case "up":
            setup = stages.up(os.environ, wait_for_model=chosen.wait)
            stages.tell(f"Running at {setup.public_url}")
        case "down":
            stages.down()
        case "status":
            return stages.status()
        case "logs":
            stages.logs(chosen.name)
        case "model":
            stages.prepare_model(os.environ)
    return None


if __name__ == "__main__":
    sys.exit(main())
