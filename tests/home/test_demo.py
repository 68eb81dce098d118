"""What a newcomer reads after `make demo`."""

from pathlib import Path

from home.addresses import Setup
from home.demo import announcement, keep_announcement, recall_announcement

SHOP = {
    "name": "Mosswick",
    "documents": 86,
    "page": "http://127.0.0.1:8000/demo/shop/",
    "site_key": "abc",
    "logins": [{"role": "agent", "username": "mei", "password": "demo-agent-mei"}],
}


def test_addresses_and_log_ins_are_told_in_both_languages() -> None:
    text = announcement([SHOP], public_url="http://127.0.0.1:8000")
    for expected in (
        SHOP["page"],
        "mei",
        "demo-agent-mei",
        "agent / 客服",
        "Dashboard / 工作台:  http://127.0.0.1:8000/dashboard/",
    ):
        assert str(expected) in text


def test_the_second_time_nobody_waits_for_what_was_told_before(tmp_path: Path) -> None:
    setup = Setup(ours=frozenset(), ports={}, public_url="http://127.0.0.1:8000", data=tmp_path, run=tmp_path)
    assert recall_announcement(setup, variables={}) == ""
    keep_announcement("工作台", setup=setup, variables={})
    assert recall_announcement(setup, variables={}) == "工作台"
    assert recall_announcement(setup, variables={"DATABASE_URL": "postgresql://other"}) == ""
