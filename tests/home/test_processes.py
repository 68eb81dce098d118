"""What each home process runs, and what keeps it running."""

import configparser
from pathlib import Path

import pytest
from django.conf import settings

from apps.config import celery_app
from home import recording
from home.addresses import PROCESSES, Setup
from home.errors import HomeError
from home.processes import COMMANDS, environment_of, profile_of, served_model
from home.supervision import CONFIG, socket_path
from model_training.profiles import serving_command


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return Setup(
        ours=frozenset(PROCESSES),
        ports={"web": 9000, "broker": 9001, "chroma": 9002, "model": 9003},
        public_url="http://127.0.0.1:9000",
        data=tmp_path / "var",
        run=tmp_path / "run",
    )


def test_the_supervisor_knows_every_process_and_restarts_it() -> None:
    config = configparser.RawConfigParser()
    config.read(CONFIG)
    for name in PROCESSES:
        program = config[f"program:{name}"]
        assert program["command"].endswith(f"-m home.processes {name}")
        assert program["autorestart"] == "true"
        assert program["killasgroup"] == "true"
        assert program["stdout_logfile"].endswith(f"/{name}.log")
        assert "MB" in program["stdout_logfile_maxbytes"]


@pytest.mark.parametrize("name", ["broker", "chroma", "model", "web"])
def test_servers_listen_on_loopback_at_their_port(name: str, setup: Setup) -> None:
    command = COMMANDS[name](setup)
    assert "127.0.0.1" in command
    assert str(setup.ports[name]) in command


def test_the_broker_keeps_an_append_only_file_under_the_data_folder(setup: Setup) -> None:
    command = COMMANDS["broker"](setup)
    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--dir") + 1] == str(setup.data / "broker")


def test_the_trainer_takes_runs_one_at_a_time_and_the_worker_takes_none(setup: Setup) -> None:
    command = COMMANDS["trainer"](setup)
    assert command[command.index("--queues") + 1] == "training"
    assert command[command.index("--concurrency") + 1] == "1"
    assert "--queues" not in COMMANDS["worker"](setup)


def test_the_sweeper_takes_sweeps_only_and_the_worker_takes_none(setup: Setup) -> None:
    command = COMMANDS["sweeper"](setup)
    assert command[command.index("--queues") + 1] == "upkeep"
    assert command[command.index("--pool") + 1] == "threads"
    assert settings.CELERY_TASK_DEFAULT_QUEUE == "default"


@pytest.mark.parametrize("name", sorted(settings.CELERY_BEAT_SCHEDULE))
def test_whatever_beat_rings_for_has_the_sweepers_own_lane(name: str) -> None:
    task = settings.CELERY_BEAT_SCHEDULE[name]["task"]
    assert celery_app.amqp.router.route({}, task)["queue"].name == "upkeep"


def test_web_and_worker_keep_the_embedder_to_one_thread_and_the_model_gets_its_profile(setup: Setup) -> None:
    for name in ("web", "worker"):
        given = environment_of(name, setup=setup, variables={})
        assert (given["OMP_NUM_THREADS"], given["MALLOC_ARENA_MAX"]) == ("1", "2")
        assert ("MALLOC_TRIM_THRESHOLD_" in given) == (name == "web")
    served = environment_of("model", setup=setup, variables={"OMP_NUM_THREADS": "1"})
    assert "OMP_NUM_THREADS" not in served
    assert served["VLLM_ALLOW_RUNTIME_LORA_UPDATING"] == "True"


def test_llm_model_may_name_a_folder_of_ones_own(tmp_path: Path) -> None:
    own = tmp_path / "DeepSeek-R1-Distill-Qwen-7B"
    own.mkdir()
    assert served_model({"LLM_MODEL": str(own)}) == (own, str(own))
    assert profile_of(own).model.reasoning_parser == "deepseek_r1"
    assert profile_of(own).model.dtype == "float32"
    assert "--lora-modules" not in serving_command(profile_of(own))
    folder, name = served_model({})
    assert "judge=demo/judge" in serving_command(profile_of(folder))
    assert (folder.name, name) == ("home", "home")


def test_a_setup_is_remembered_for_processes_that_start_again(setup: Setup) -> None:
    recording.record(setup, variables={"SECRET_KEY": "quiet"})
    assert recording.recall(setup.run) == setup
    assert "quiet" not in (setup.run / "setup.json").read_text()


def test_another_setting_is_noticed(setup: Setup) -> None:
    recording.record(setup, variables={"LLM_MODEL": "home"})
    assert recording.is_same(setup, variables={"LLM_MODEL": "home", "SHELL": "/bin/sh"})
    assert not recording.is_same(setup, variables={"LLM_MODEL": "other"})


def test_a_missing_record_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(HomeError, match="`make down` and `make up` write it anew"):
        recording.recall(tmp_path)


def test_the_socket_fits_where_the_checkout_lies_deep(tmp_path: Path) -> None:
    assert socket_path(Path("/srv/desk/run")) == Path("/srv/desk/run/supervisor.sock")
    deep = Path("/srv") / ("deep/" * 40) / "run"
    assert len(str(socket_path(deep))) < 90
    assert socket_path(deep) == socket_path(deep) != socket_path(deep / "other")
