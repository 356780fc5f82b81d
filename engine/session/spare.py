"""The one warm worker that waits for the next notebook, so that a first run need not wait for a start.

Event-driven: started when asked for, and again when it was taken or died, or is to be of another interpreter.  It has
read what Python reads as it starts, and opened its shell: once anything was installed since, it is nobody's.
A spare that dies MAX_DEATHS times with none taken in between is given up until asked for again, so that an
interpreter that cannot live does not fill the machine with starts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from engine.errors import EngineError
from engine.interpreters.probing import Stamp
from engine.session.session import Session
from engine.tasks import TaskOwner

MAX_DEATHS = 3

log = logging.getLogger("capsule.session")


class Spare:
    """At most one worker of one interpreter, being started or ready.  Nobody's until it is taken."""

    def __init__(self, launch: Callable[[str], Awaitable[Session]], stamp: Callable[[str], Awaitable[Stamp]]) -> None:
        """launch: a session with a new worker of the interpreter at a path.

        stamp: another once something was installed for that interpreter, or taken away.
        """
        self._launch, self._stamp = launch, stamp
        self._python = ""
        self._begun: Stamp | None = None  # the stamp at its start, None before
        self._tasks = TaskOwner("spare worker", log)
        self._keeper: asyncio.Task[None] | None = None
        self._ready: asyncio.Future[None] | None = None
        self._session: Session | None = None
        self._leaving: set[asyncio.Task[Any]] = set()  # what is not wanted any more, as it ends

    @property
    def session(self) -> Session | None:
        """The spare, once it is ready."""
        return self._session

    @property
    def wanted(self) -> bool:
        """Whether one is kept or being started."""
        return self._keeper is not None and not self._keeper.done()

    def warm(self, python: str) -> None:
        """Keep a spare of python from now on; one of it stays, kept or being started, if it would be the same anew."""
        if self.wanted and python == self._python:
            self._tasks.spawn(self._renew(), "renew")
        else:
            self._begin(python)

    async def until_ready(self) -> Session | None:
        """The spare; waits for one that is being started, once.  None where none is, or its start failed."""
        if self._session is None and self._ready is not None:
            await asyncio.shield(self._ready)
        return self._session

    async def given_up(self) -> None:
        """Wait until no spare is kept any more."""
        if self._keeper is not None:
            await asyncio.wait((self._keeper,))

    async def take(self, python: str) -> Session | None:
        """The spare, which is then the caller's, and a new one is started; None where none is of python as it is."""
        if python != self._python or await self._is_outdated():
            return None
        session = await self.until_ready()
        if session is None or python != self._python or session.ended.done():
            return None
        self._session = None
        self._drop()
        self.warm(python)
        return session

    async def close(self) -> None:
        """End the spare and see former ones out; keep none any more."""
        self._drop()
        if self._leaving:  # cancelled once more they would leave a process or its files behind
            await asyncio.wait(self._leaving)
        await self._tasks.close()

    async def _is_outdated(self) -> bool:
        """Whether something was installed or taken away since the start of what is still kept."""
        begun = self._begun
        now = await self._stamp(self._python)
        return begun is not None and begun is self._begun and now != begun

    async def _renew(self) -> None:
        if await self._is_outdated() and self.wanted:
            self._begin(self._python)

    def _begin(self, python: str) -> None:
        self._drop()
        self._python, self._begun = python, None
        self._ready = asyncio.get_running_loop().create_future()
        self._keeper = self._tasks.spawn(self._keep(self._ready), "keep")

    def _drop(self) -> None:
        """Begin the end of what is kept or being started."""
        if self._ready is not None:
            _settle(self._ready)  # a keeper that is cancelled before its first step does not
        if self._keeper is not None:
            self._keeper.cancel()
            self._see_out(self._keeper)
        if self._session is not None:
            self._see_out(self._tasks.spawn(self._session.terminate(), "end"))
        self._keeper = self._session = None

    def _see_out(self, ending: asyncio.Task[Any]) -> None:
        self._leaving.add(ending)
        ending.add_done_callback(self._leaving.discard)

    async def _keep(self, ready: asyncio.Future[None]) -> None:
        try:
            for _ in range(MAX_DEATHS):
                await self._one_life(ready)
            log.warning("no spare worker is kept: %s ended one after the other", MAX_DEATHS)
        finally:
            _settle(ready)

    async def _one_life(self, ready: asyncio.Future[None]) -> None:
        try:
            self._begun = await self._stamp(self._python)  # before it starts: what comes meanwhile is not in it
            session = await self._launch(self._python)
        except EngineError as error:
            log.warning("a spare worker could not be started: %s", error)
            return
        finally:
            _settle(ready)
        self._session = session
        end = await asyncio.shield(session.ended)
        self._session = None
        log.warning("the spare worker ended by itself: %s", end.words)


def _settle(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
