"""A connection to a worker that says nothing, for what is read from its logs alone."""

from __future__ import annotations


class Silence:
    """A connection on which nothing comes."""

    peer_pid = 0

    async def send(self, data: bytes) -> None: ...
    async def receive(self) -> bytes:
        return b""

    async def close(self) -> None: ...
