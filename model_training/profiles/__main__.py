"""`python -m model_training.profiles` lists the profiles; with a name it prints the serving command."""

import argparse
import shlex
import sys
from collections.abc import Sequence

from model_training.errors import ProfileInvalid
from model_training.profiles import Profile, available, load, serving_command


def command_line(profile: Profile) -> str:
    """What a person can paste into a shell, environment first."""
    environment = [f"{name}={shlex.quote(value)}" for name, value in profile.serve.environment.items()]
    return " ".join([*environment, shlex.join(serving_command(profile))])


def describe(profile: Profile) -> str:
    needs = profile.needs
    hardware = f"{needs.gpus} GPU of {needs.gpu_memory_gb} GB" if needs.gpus else "CPU"
    return f"{profile.name:32}{profile.model.base:46}{hardware}, {needs.memory_gb} GB memory"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m model_training.profiles", description=__doc__)
    parser.add_argument("name", nargs="?", help="a profile's name")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.name:
            sys.stdout.write(command_line(load(chosen.name)) + "\n")
        else:
            sys.stdout.write("".join(f"{describe(load(name))}\n" for name in available()))
    except ProfileInvalid as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
