"""Asks a champion and a challenger the same frozen questions: `python -m model_training.evaluate RUN …`.

    python -m model_training.evaluate RUN --champion-url http://127.0.0.1:8101/v1 --champion-model home \\
        --challenger-url http://127.0.0.1:8101/v1 --challenger-model home-2

Started again, it goes on where it stopped. Exit codes: 0, 1 refused or failed, 2 usage, 3 cancelled.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from model_training.artifacts import fingerprint
from model_training.errors import Cancelled, TrainingError
from model_training.evaluating import COMPARISON, Served, evaluate
from model_training.failures import note_failure


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m model_training.evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run", type=Path, help="the run folder")
    for side in ("champion", "challenger"):
        parser.add_argument(f"--{side}-url", required=True, help="an OpenAI-compatible address")
        parser.add_argument(f"--{side}-model", required=True, help="the name that it is served by there")
    parser.add_argument(
        "--champion-adapter", type=Path, help="the champion's adapter folder, where it has one"
    )
    parser.add_argument("--api-key-env", default="", help="the environment variable that holds the key")
    chosen = parser.parse_args(arguments)
    if not chosen.run.is_dir():
        sys.stderr.write(f"evaluate: There is no folder {chosen.run}.\n")
        return 1
    try:
        comparison = evaluate(
            chosen.run,
            champion=_served("champion", chosen, adapter=chosen.champion_adapter),
            challenger=_served("challenger", chosen, adapter=chosen.run / "adapter"),
        )
    except Cancelled as reason:
        sys.stderr.write(f"evaluate: {reason}\n")
        return 3
    except TrainingError as error:
        note_failure(chosen.run, error=error)
        sys.stderr.write(f"evaluate: {error}\n")
        return 1
    for name, figure in comparison["metrics"]["all"].items():
        sys.stderr.write(
            f"evaluate: {name}: {figure['champion']} → {figure['challenger']} "
            f"({figure['low']:+} … {figure['high']:+})\n"
        )
    sys.stdout.write(f"{chosen.run / COMPARISON}\n")
    return 0


def _served(side: str, chosen: argparse.Namespace, *, adapter: Path | None) -> Served:
    """Trained again, a model that is served under its old name is another one: its adapter's manifest tells."""
    return Served(
        url=getattr(chosen, f"{side}_url"),
        model=getattr(chosen, f"{side}_model"),
        adapter=fingerprint(adapter) if adapter else "",
        key=os.environ.get(chosen.api_key_env, "") if chosen.api_key_env else "",
    )


if __name__ == "__main__":
    sys.exit(main())
