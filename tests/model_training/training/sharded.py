"""A training whose model is spread over two processes of a computer (FSDP), one of which is killed on the way.

Forked from `checks.py`, which has loaded torch already and has not reckoned yet.
"""

import functools
import json
import os
import signal
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from accelerate.state import AcceleratorState, DistributedType, PartialState
from torch.distributed.fsdp._fully_shard import _fsdp_state

from model_training.training.__main__ import main as train_process
from model_training.training.watching import Watching

RANKS = 2
SETTINGS = {
    "ACCELERATE_USE_FSDP": "true",
    "FSDP_VERSION": "2",
    "FSDP_AUTO_WRAP_POLICY": "TRANSFORMER_BASED_WRAP",
    "FSDP_STATE_DICT_TYPE": "FULL_STATE_DICT",
    "FSDP_CPU_RAM_EFFICIENT_LOADING": "true",
    "ACCELERATE_USE_CPU": "true",
    "WORLD_SIZE": str(RANKS),
    "LOCAL_WORLD_SIZE": str(RANKS),
    "MASTER_ADDR": "127.0.0.1",
}


def launch(run: Path, *, killed_after: int = 0) -> list[int]:
    """How each process ended. `killed_after`: the step after which the second one is killed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ranks = [_fork(lambda rank=rank: _train(run, rank=rank, port=port, killed_after=killed_after)) for rank in range(RANKS)]  # fmt: skip
    return [os.waitstatus_to_exitcode(os.waitpid(one, 0)[1]) for one in ranks]


def steps_of(run: Path) -> dict[int, list[float]]:
    """Each step's losses, as they were told."""
    told: dict[int, list[float]] = {}
    for row in map(json.loads, (run / "metrics.jsonl").read_text().splitlines()):
        if "loss" in row:
            told.setdefault(row["step"], []).append(row["loss"])
    return told


def _fork(work: Callable[[], int]) -> int:
    if child := os.fork():
        return child
    os._exit(work())


def _train(run: Path, *, rank: int, port: int, killed_after: int) -> int:
    os.environ |= SETTINGS | {"RANK": str(rank), "LOCAL_RANK": str(rank), "MASTER_PORT": str(port)}
    torch.set_num_threads(1)
    _shard_on_a_computer()
    _wait_for_all_of_a_group()
    if killed_after and rank == 1:
        _kill_after(killed_after)
    return train_process([str(run)])


def _kill_after(step: int) -> None:
    begin = Watching.on_step_begin

    def on_step_begin(self: Watching, args: Any, state: Any, control: Any, **given: Any) -> None:
        if state.global_step == step:
            os.kill(os.getpid(), signal.SIGKILL)
        begin(self, args, state, control, **given)

    Watching.on_step_begin = on_step_begin


def _shard_on_a_computer() -> None:
    """Accelerate does it on GPUs alone."""
    begin = AcceleratorState.__init__

    def init(self: Any, *given: Any, fsdp_plugin: Any = None, **more: Any) -> None:
        begin(self, *given, fsdp_plugin=fsdp_plugin, **more)
        if fsdp_plugin is not None:
            self.distributed_type, self.fsdp_plugin = DistributedType.FSDP, fsdp_plugin
            PartialState._shared_state["distributed_type"] = DistributedType.FSDP

    AcceleratorState.__init__ = init


def _wait_for_all_of_a_group() -> None:
    """As torch 2.11 does, which GPU hosts have: modules that are sharded as one are one pass, which ends with the last."""

    def register(
        modules: Iterable[Any],
        before: Callable[..., Any],
        behind: Callable[..., Any],
        to_run: set[Any],
        *_: Any,
    ) -> Any:
        @functools.wraps(before)
        def first(*given: Any, **more: Any) -> Any:
            if to_run:
                return None
            to_run.update(modules)
            return before(*given, **more)

        @functools.wraps(behind)
        def last(module: Any, *given: Any) -> Any:
            to_run.discard(module)
            return None if to_run else behind(module, *given)

        begun = [one.register_forward_pre_hook(first, prepend=True, with_kwargs=True) for one in modules]
        ended = [one.register_forward_hook(last, always_call=True) for one in modules]
        return _fsdp_state._MultiHandle((*begun, *ended))

    _fsdp_state._register_group_forward_hooks = register
    _fsdp_state.FSDPState._force_complete_incomplete_states = lambda self, output: output
