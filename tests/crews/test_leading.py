"""The process that leads, over workers that do what none of ours should."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest
import uvloop

from orderfolio.crews import leading, patience, posts
from orderfolio.crews.leading import Crew
from orderfolio.errors import CannotStart
from orderfolio.settings import load
from orderfolio.wire import server

SETTINGS: Final = load(
    {"database": "postgresql://127.0.0.1/nowhere", "workers": "2"}, {}, Path("/")
)
Outcome = TypeVar("Outcome")

# What each of these workers begins with: a link, over which it is told to begin.
SCRIPT: Final = """
import asyncio, os, socket, sys, time
from orderfolio.crews import messages
from orderfolio.crews.messages import Link

os.chdir(os.path.dirname(sys.argv[0]))

async def come(name):
    while not os.path.exists(name):
        await asyncio.sleep(0.02)

async def main():
    link = await Link.over(socket.socket(fileno=int(sys.argv[1])))
    begin = await link.receive()
    assert isinstance(begin, messages.Begin)
    await do(link, begin)
    await link.finish()

async def beat(link):
    while True:
        link.send(messages.Beat())
        await asyncio.sleep(0.05)

async def do(link, begin):
    beating = asyncio.create_task(beat(link))
    BODY

asyncio.run(main())
"""


class Scene:
    """A crew of two whose workers run the body of a script; `begun` counts its beginnings."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._script = folder / "worker.py"
        self.begun = 0
        monkeypatch.setattr(posts, "_WORKER", (sys.executable, str(self._script)))

    def crew(self, body: str) -> Crew:
        self._script.write_text(SCRIPT.replace("BODY", body.replace("\n", "\n    ")))
        return Crew(SETTINGS, (), self._note)

    def happens(self, name: str) -> None:
        """What `come(name)` waits for."""
        (self._script.parent / name).touch()

    def _note(self) -> None:
        self.begun += 1


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(tmp_path, monkeypatch)


@asynccontextmanager
async def working(crew: Crew) -> AsyncIterator[asyncio.Task[None]]:
    """It works until the body ends, which is soon."""
    task = asyncio.create_task(crew.work())
    try:
        async with asyncio.timeout(30):
            yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - what is waited for happens in other processes
        await asyncio.sleep(0.02)


def refusal(crew: Crew) -> str:
    async def play() -> str:
        with pytest.raises(CannotStart) as caught:
            await asyncio.wait_for(crew.work(), 30)
        return str(caught.value)

    return run(play())


def run(scene: Coroutine[Any, Any, Outcome]) -> Outcome:
    """On the loop that the program has."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(scene)


class TestBeginning:
    def test_one_that_ends_before_it_serves_ends_the_crew(self, scene: Scene) -> None:
        crew = scene.crew("if begin.number == 2: sys.exit(3)\nawait link.receive()")
        assert refusal(crew) == "worker 2 ended before it served: its exit code was 3"
        assert crew.processes() == {}
        assert scene.begun == 0

    def test_one_that_can_not_start_tells_why(self, scene: Scene) -> None:
        crew = scene.crew("link.send(messages.CanNotStart('the sky is down'))")
        assert refusal(crew) == "the sky is down"

    def test_a_program_that_is_not_there_is_a_sentence(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        crew = scene.crew("")
        monkeypatch.setattr(posts, "_WORKER", ("/nowhere/python",))
        assert refusal(crew) == "no process can be started: No such file or directory"

    def test_a_link_that_can_not_be_made_is_a_sentence(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse() -> None:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

        crew = scene.crew("")
        monkeypatch.setattr(socket, "socketpair", refuse)
        assert refusal(crew) == "no process can be started: Too many open files"

    @pytest.mark.parametrize(
        ("number", "name"), [(signal.SIGKILL, "SIGKILL"), (signal.SIGRTMIN + 1, "signal 35")]
    )
    def test_any_signal_that_ends_one_has_a_name(
        self, scene: Scene, number: int, name: str
    ) -> None:
        crew = scene.crew(f"os.kill(os.getpid(), {int(number)})\nawait link.receive()")
        assert re.fullmatch(
            f"worker [12] ended before it served: it was ended by {name}", refusal(crew)
        )

    def test_it_is_told_once_and_when_all_of_them_listen(self, scene: Scene) -> None:
        crew = scene.crew(
            "if begin.number == 2: await come('go')\n"
            "link.send(messages.Listens())\n"
            "while await link.receive(): pass"
        )

        async def play() -> None:
            async with working(crew):
                await until(lambda: len(crew.processes()) == 2)
                await asyncio.sleep(0.5)
                assert scene.begun == 0
                scene.happens("go")
                await until(lambda: scene.begun == 1)

        run(play())
        assert scene.begun == 1


class TestOneThatDies:
    DIES = (
        "link.send(messages.Listens())\nif begin.number == 1:\n    await come('end')\n"
        "    sys.exit(1)\nwhile await link.receive(): pass"
    )

    @pytest.fixture(autouse=True)
    def _are_quick(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(leading, "FIRST_PAUSE_SECONDS", 0.1)
        monkeypatch.setattr(leading, "LONGEST_PAUSE_SECONDS", 0.3)

    def pauses(
        self, scene: Scene, crew: Crew, log: pytest.LogCaptureFixture, number: int
    ) -> list[str]:
        async def play() -> None:
            async with working(crew):
                await until(lambda: scene.begun == 1)
                scene.happens("end")
                await until(lambda: len(log.records) >= number)

        run(play())
        said = [re.fullmatch(r"worker 1 ended: .* in (.*) s", line) for line in log.messages]
        return [match[1] for match in said if match is not None]

    def test_again_and_again_is_replaced_after_pauses_that_grow(
        self, scene: Scene, caplog: pytest.LogCaptureFixture
    ) -> None:
        found = self.pauses(scene, scene.crew(self.DIES), caplog, 4)
        assert found[:4] == ["0.1", "0.2", "0.3", "0.3"]
        assert scene.begun == 1

    def test_after_it_has_lasted_is_replaced_as_quickly_as_at_first(
        self, scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(leading, "LASTING_SECONDS", 0)
        assert set(self.pauses(scene, scene.crew(self.DIES), caplog, 3)) == {"0.1"}

    def test_whose_successor_can_not_start_doesn_t_end_the_others(
        self, scene: Scene, caplog: pytest.LogCaptureFixture
    ) -> None:
        body = (
            "if os.path.exists('end'): return link.send(messages.CanNotStart('it is away'))\n"
            + self.DIES
        )
        found = self.pauses(scene, scene.crew(body), caplog, 3)
        assert len(found) >= 3
        assert "it is away" in caplog.messages[-1]


class TestOneThatHangs:
    # The first of the two does, once.
    HANGS = (
        "if begin.number == 1 and not os.path.exists('hung'):\n"
        "    open('hung', 'w')\n    time.sleep(600)\nwhile await link.receive(): pass"
    )

    @pytest.fixture(autouse=True)
    def _is_noticed_soon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(leading, "FIRST_PAUSE_SECONDS", 0.1)
        monkeypatch.setattr(patience, "STEP_SECONDS", 0.1)
        monkeypatch.setattr(patience, "SILENCE_SECONDS", 3)

    def test_is_replaced_and_the_others_are_not(
        self, scene: Scene, caplog: pytest.LogCaptureFixture
    ) -> None:
        crew = scene.crew(
            "link.send(messages.Listens())\nif begin.number == 1: await come('hang')\n" + self.HANGS
        )

        async def play() -> int:
            async with working(crew):
                await until(lambda: scene.begun == 1)
                before = crew.processes()
                scene.happens("hang")
                await until(lambda: len(crew.processes()) == 2 and crew.processes() != before)
                assert crew.processes()["2"] == before["2"]
            return before["1"]

        assert not Path(f"/proc/{run(play())}").exists()
        assert caplog.messages == [
            "worker 1 is killed: nothing was heard of it for 3 s",
            "worker 1 ended: it was ended by SIGKILL; another takes its place in 0.1 s",
        ]

    def test_before_it_serves_ends_the_crew(
        self, scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(patience, "START_SECONDS", 2)
        monkeypatch.setattr(posts, "GOODBYE_SECONDS", 0.2)
        crew = scene.crew("time.sleep(600)")
        assert re.fullmatch(
            "worker [12] ended before it served: it was ended by SIGKILL", refusal(crew)
        )
        assert crew.processes() == {}
        assert set(caplog.messages) <= {
            f"worker {number} is killed: nothing was heard of it for 2 s" for number in (1, 2)
        }
        assert caplog.messages

    def test_while_it_starts_is_given_more_time(
        self, scene: Scene, caplog: pytest.LogCaptureFixture
    ) -> None:
        crew = scene.crew(
            "time.sleep(5)\nlink.send(messages.Listens())\nwhile await link.receive(): pass"
        )

        async def play() -> None:
            async with working(crew):
                await until(lambda: scene.begun == 1)

        run(play())
        assert caplog.messages == []

    def test_only_while_nobody_listens_stays(
        self, scene: Scene, caplog: pytest.LogCaptureFixture
    ) -> None:
        crew = scene.crew("link.send(messages.Listens())\nwhile await link.receive(): pass")

        async def play() -> None:
            async with working(crew):
                await until(lambda: scene.begun == 1)
                before = crew.processes()
                for number in before.values():
                    os.kill(number, signal.SIGSTOP)
                time.sleep(5)  # noqa: ASYNC251 - the loop that leads doesn't turn either
                for number in before.values():
                    os.kill(number, signal.SIGCONT)
                await asyncio.sleep(1)
                assert crew.processes() == before

        run(play())
        assert caplog.messages == []

    def test_holds_up_who_reads_figures_for_a_moment_only(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(posts, "FIGURES_SECONDS", 0.2)
        crew = scene.crew("link.send(messages.Listens())\nwhile await link.receive(): pass")

        async def play() -> float:
            async with working(crew):
                await until(lambda: scene.begun == 1)
                began = time.monotonic()
                for _ in range(2):
                    assert (await crew.look()).reads == 0
                return time.monotonic() - began

        assert 0.3 < run(play()) < 5

    def test_and_is_let_go_of_is_killed(
        self, scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(posts, "GOODBYE_SECONDS", 0.2)
        crew = scene.crew("link.send(messages.Listens())\ntime.sleep(60)")

        async def play() -> list[int]:
            async with working(crew):
                await until(lambda: scene.begun == 1)
                return list(crew.processes().values())

        began = time.monotonic()
        numbers = run(play())
        assert len(numbers) == 2
        assert not any(Path(f"/proc/{number}").exists() for number in numbers)
        assert time.monotonic() - began < 30
        assert sorted(caplog.messages) == [
            f"worker {number} is killed: it hasn't ended 0 s after goodbye was said"
            for number in (1, 2)
        ]

    def test_and_can_not_be_killed_is_left_behind(
        self, scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(posts, "KILLED_SECONDS", 0.2)
        # As with a process that waits for a disk, or that a debugger holds.
        monkeypatch.setattr(posts, "_kill", lambda _process: None)
        crew = scene.crew("link.send(messages.Listens())\n" + self.HANGS)

        async def play() -> None:
            async with working(crew):
                await until(lambda: scene.begun == 1)
                number = crew.processes()["1"]
                try:
                    await until(lambda: any("its place" in line for line in caplog.messages))
                finally:
                    os.kill(number, signal.SIGKILL)

        run(play())
        told = "\n".join(caplog.messages[:3])
        assert told == (
            "worker 1 is killed: nothing was heard of it for 3 s\n"
            "worker 1 is left behind: the system keeps it from ending\n"
            "worker 1 ended: it was killed, but the system keeps it from ending;"
            " another takes its place in 0.1 s"
        )


class TestSignals:
    def test_are_passed_on_in_their_order_to_those_that_are_only_being_started(
        self, scene: Scene, tmp_path: Path
    ) -> None:
        crew = scene.crew(
            "heard = [(await link.receive()).signal for _ in range(2)]\n"
            "open(f'heard-{begin.number}', 'w').write(repr(heard))"
        )

        async def play() -> None:
            async with working(crew) as task:
                await until(lambda: len(crew.processes()) == 2)
                crew.heed(signal.SIGTERM)
                crew.heed(signal.SIGINT)
                await task

        run(play())
        for number in (1, 2):
            assert (tmp_path / f"heard-{number}").read_text() == "[15, 2]"
        assert scene.begun == 0

    def test_end_one_that_does_not_heed_them(
        self, scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(patience, "STEP_SECONDS", 0.1)
        monkeypatch.setattr(patience, "END_SECONDS", 1)
        monkeypatch.setattr(server, "FINISH_SECONDS", 1)
        crew = scene.crew(
            "link.send(messages.Listens())\n"
            "while message := await link.receive():\n"
            "    if begin.number == 2 and isinstance(message, messages.Heed): break"
        )

        async def play() -> Mapping[str, int]:
            async with working(crew) as task:
                await until(lambda: scene.begun == 1)
                numbers = crew.processes()
                crew.heed(signal.SIGTERM)
                await task
            return numbers

        numbers = run(play())
        assert not any(Path(f"/proc/{number}").exists() for number in numbers.values())
        assert caplog.messages == ["worker 1 is killed: it hasn't ended 2 s after it was told to"]
