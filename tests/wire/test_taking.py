"""When a client counts as one that takes too little, by what the system tells of it."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Final, cast

import pytest

from orderfolio.wire import taking
from orderfolio.wire.taking import LEAST_BYTES_PER_SECOND, Taking

SECONDS: Final = 2
LEAST: Final = LEAST_BYTES_PER_SECOND * SECONDS


class Connected:
    """A transport, and the socket below it, of which everything is told."""

    def __init__(self) -> None:
        self.waiting = 1_000_000
        self.acknowledged = 50_000
        self.received = 200
        self.has_ended = False
        self.is_forgotten = False
        self.is_aborted = False
        self.is_unsettable = False
        self.linger: tuple[int, ...] = ()

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def get_extra_info(self, name: str) -> Connected | None:
        assert name == "socket"
        return None if self.is_forgotten else self

    def getsockopt(self, level: int, option: int, length: int) -> bytes:
        if self.has_ended:
            raise OSError
        assert level == socket.IPPROTO_TCP
        return (bytes(120) + struct.pack("=QQ", self.acknowledged, self.received))[:length]

    def setsockopt(self, level: int, option: int, value: bytes) -> None:
        assert (level, option) == (socket.SOL_SOCKET, socket.SO_LINGER)
        if self.is_unsettable:
            raise OSError
        self.linger = struct.unpack("ii", value)

    def abort(self) -> None:
        self.is_aborted = True


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> Connected:
    monkeypatch.setattr(taking, "_INFO", 11)
    return Connected()


@pytest.fixture
def looked_at(connected: Connected) -> Taking:
    """By a first look, which has nothing to compare with."""
    it = Taking(cast("asyncio.Transport", connected), SECONDS)
    connected.waiting, waiting = 0, connected.waiting
    assert not it.has_stalled()
    connected.waiting = waiting
    assert not it.has_stalled()
    return it


@pytest.mark.parametrize(("taken", "expected"), [(0, True), (LEAST - 1, True), (LEAST, False)])
def test_by_what_was_taken_in_between(
    looked_at: Taking, connected: Connected, taken: int, expected: bool
) -> None:
    connected.acknowledged += taken
    assert looked_at.has_stalled() is expected


def test_with_nothing_left_nobody_stalls(looked_at: Taking, connected: Connected) -> None:
    connected.waiting = 0
    assert not looked_at.has_stalled()


def test_who_took_all_of_the_little_that_waited_is_kept(
    looked_at: Taking, connected: Connected
) -> None:
    connected.waiting = 10
    connected.acknowledged += LEAST
    assert not looked_at.has_stalled()
    connected.waiting = 1_000_000
    connected.acknowledged += 10
    assert not looked_at.has_stalled()


def test_a_system_that_counts_nothing_accuses_nobody(
    looked_at: Taking, connected: Connected
) -> None:
    connected.received = 0
    assert not looked_at.has_stalled()


def test_nor_does_one_that_knows_no_counts(
    looked_at: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "_INFO", None)
    assert not looked_at.has_stalled()


def test_what_has_ended_has_not_stalled(looked_at: Taking, connected: Connected) -> None:
    connected.has_ended = True
    assert not looked_at.has_stalled()


def test_nor_has_what_has_no_socket_any_more(looked_at: Taking, connected: Connected) -> None:
    connected.is_forgotten = True
    looked_at.reset_if_stalled()
    assert not looked_at.has_stalled()
    assert not connected.is_aborted


def test_who_stalls_is_reset_and_the_system_keeps_nothing_to_send(
    looked_at: Taking, connected: Connected
) -> None:
    looked_at.reset_if_stalled()
    assert connected.is_aborted
    assert connected.linger == (1, 0)


def test_who_takes_enough_is_left_alone(looked_at: Taking, connected: Connected) -> None:
    connected.acknowledged += LEAST
    looked_at.reset_if_stalled()
    assert not connected.is_aborted
    assert connected.linger == ()


def test_who_ends_between_the_look_and_the_reset_is_no_error(
    looked_at: Taking, connected: Connected
) -> None:
    connected.is_unsettable = True
    looked_at.reset_if_stalled()
    assert connected.is_aborted
