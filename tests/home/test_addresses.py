"""Which processes are ours and where, from the environment alone."""

import pytest

from home.addresses import Setup, read_setup, refuse_busy_ports
from home.errors import HomeError

ALL = {"broker", "chroma", "model", "web", "worker", "sweeper", "trainer", "beat"}


def setup_of(*, busy: tuple[int, ...] = (), without: tuple[str, ...] = (), **variables: str) -> Setup:
    return read_setup(variables, answers=lambda port: port in busy, without=frozenset(without))


def test_unset_everything_is_ours_at_its_home_address() -> None:
    setup = setup_of()
    assert setup.ours == ALL
    assert setup.ports == {"web": 8000, "broker": 6390, "chroma": 8102, "model": 8101}
    assert setup.public_url == "http://127.0.0.1:8000"


def test_addresses_on_this_machine_move_our_processes() -> None:
    setup = setup_of(
        PORT="9000",
        REDIS_URL="redis://127.0.0.1:6391/0",
        CHROMA_URL="http://localhost:8202",
        LLM_BASE_URL="http://127.0.0.1:8201/v1",
    )
    assert setup.ours == ALL
    assert setup.ports == {"web": 9000, "broker": 6391, "chroma": 8202, "model": 8201}
    assert setup.public_url == "http://127.0.0.1:9000"


@pytest.mark.parametrize(
    ("variable", "url", "process"),
    [
        ("REDIS_URL", "rediss://broker.example:6379/0", "broker"),
        ("REDIS_URL", "unix:///var/run/redis.sock", "broker"),
        ("CHROMA_URL", "https://chroma.example", "chroma"),
        ("LLM_BASE_URL", "http://gpu-host:8000/v1", "model"),
    ],
)
def test_a_service_elsewhere_is_not_started_by_us(variable: str, url: str, process: str) -> None:
    assert setup_of(**{variable: url}).ours == ALL - {process}


def test_a_named_address_on_this_machine_where_something_answers_is_somebody_elses() -> None:
    setup = setup_of(busy=(9999,), LLM_BASE_URL="http://127.0.0.1:9999/v1")
    assert "model" not in setup.ours
    assert "model" not in setup.ports


def test_processes_can_be_left_out_but_only_real_ones() -> None:
    assert setup_of(without=("model", "beat")).ours == ALL - {"model", "beat"}
    with pytest.raises(HomeError, match="WITHOUT names modell"):
        setup_of(without=("modell",))


@pytest.mark.parametrize("port", ["0", "65536", "web", "-1"])
def test_a_port_that_is_none_gets_a_sentence(port: str) -> None:
    with pytest.raises(HomeError, match="is not a port"):
        setup_of(PORT=port)


def test_a_broken_address_gets_a_sentence() -> None:
    with pytest.raises(HomeError, match=r"CHROMA_URL=.*is not an address"):
        setup_of(CHROMA_URL="http://127.0.0.1:port")


def test_a_busy_home_port_gets_one_clear_sentence() -> None:
    with pytest.raises(HomeError, match=r"Port 8102, where chroma should listen, is taken .* set CHROMA_URL"):
        refuse_busy_ports(setup_of(), answers=lambda port: port == 8102)
    refuse_busy_ports(setup_of(), answers=lambda port: False)
