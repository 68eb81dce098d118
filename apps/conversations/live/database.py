"""Rows from async code: a few threads of our own, which keep their connections and outlive any request.

Django ties `sync_to_async` to the request under way; an answer that goes on after the request has ended needs
threads that do too.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections, connections

P = ParamSpec("P")
T = TypeVar("T")

KEPT_SECONDS = 300  # then a thread's connection is made anew


def keep_connections() -> None:
    """Said in a thread that stays: its connection may stay too. Elsewhere Django closes one after each piece of work,
    and opening it costs more than most of our queries."""
    for connection in connections.all():
        connection.settings_dict = {**connection.settings_dict, "CONN_MAX_AGE": KEPT_SECONDS}


THREADS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="rows", initializer=keep_connections)
# Searches wait for the embedder and the vector store: rows must not wait behind them.
SEARCHERS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="searches", initializer=keep_connections)


async def in_database(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    def call() -> T:
        return with_fresh_connection(function, *args, **kwargs)

    return await sync_to_async(call, thread_sensitive=False, executor=THREADS)()


def in_database_now(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The same for the last moments of a process, when its event loop waits for nothing any more."""
    return THREADS.submit(lambda: with_fresh_connection(function, *args, **kwargs)).result(timeout=5)


def with_fresh_connection(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """A connection that broke, or is too old, is never met by the next one."""
    close_old_connections()
    try:
        return function(*args, **kwargs)
    finally:
        close_old_connections()


def let_go() -> None:
    """Of this thread's connections, as at the end of a request; a transaction that is open keeps its own."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
