"""A real supervisord keeps a real broker running, and leaves nothing behind."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from home import recording
from home.addresses import ROOT, Setup, is_answering
from home.processes import end_leftovers, leftovers
from home.supervision import Supervisor, wait_until
from tests.services import free_port

pytestmark = pytest.mark.services


@dataclass
class Home:
    supervisor: Supervisor
    setup: Setup

    @property
    def port(self) -> int:
        return self.setup.ports["broker"]

    def broker(self) -> int:
        return int((self.setup.run / "broker.pid").read_text())


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    setup = Setup(
        ours=frozenset({"broker"}),
        ports={"broker": free_port()},
        public_url="",
        data=tmp_path / "var",
        run=tmp_path / "run",
    )
    recording.record(setup, variables={})
    supervisor = Supervisor(root=ROOT, run=setup.run)
    supervisor.launch(variables=os.environ)
    yield Home(supervisor, setup)
    supervisor.shut_down(seconds=30)
    end_leftovers("broker", run=setup.run)


def start_broker(home: Home) -> int:
    home.supervisor.start(["broker"])
    assert wait_until(lambda: is_answering(home.port), seconds=30)
    return home.broker()


def test_a_killed_process_is_started_again(home: Home) -> None:
    first = start_broker(home)
    os.kill(first, signal.SIGKILL)
    assert wait_until(lambda: home.broker() != first and is_answering(home.port), seconds=30)


def test_starting_what_runs_already_changes_nothing(home: Home) -> None:
    first = start_broker(home)
    home.supervisor.start(["broker"])
    assert home.broker() == first


def test_shutting_down_leaves_nothing(home: Home) -> None:
    start_broker(home)
    home.supervisor.shut_down(seconds=30)
    assert not home.supervisor.is_running()
    assert not is_answering(home.port)
    assert leftovers("broker", run=home.setup.run) == []


def test_what_a_killed_supervisor_left_behind_is_found_and_ended(home: Home) -> None:
    broker = start_broker(home)
    os.kill(int((home.setup.run / "supervisor.pid").read_text()), signal.SIGKILL)
    assert wait_until(lambda: not home.supervisor.is_running(), seconds=10)
    assert leftovers("broker", run=home.setup.run) == [broker]
    assert end_leftovers("broker", run=home.setup.run, patience=10) == [broker]
    assert not is_answering(home.port)


def test_a_strangers_process_with_a_remembered_number_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "broker.pid").write_text("1\n")
    assert leftovers("broker", run=tmp_path) == []
    (tmp_path / "broker.pid").write_text("not a number")
    assert leftovers("broker", run=tmp_path) == []
