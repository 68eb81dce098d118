"""The hub while its connection is being taken down."""

from apps.conversations.live.hub import Hub


async def test_reader_leaves_in_peace_while_the_connection_is_taken_down() -> None:
    desk = Hub()
    desk._tried.set()
    async with desk.subscribed(b"channel"):
        desk.is_up = True  # it still says so, and its connection is gone already
    assert not desk._channels
    desk._task.cancel()
