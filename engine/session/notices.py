"""What the session itself tells its router among the worker's messages; never on the wire.

Kept as Messages so that one handler, in one order, sees everything that happens to a session.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.protocol.messages import LogMessage, Message, ToApplication


@dataclass(frozen=True, kw_only=True)
class NotAnswering(Message):
    """No heartbeat for silent_s seconds: busy in a C call, stopped or swapped out, and never "dead".

    memory_bytes, its limit, cpu_s and variables are the last heartbeat's, 0 where none came yet.
    """

    silent_s: float
    memory_bytes: int = 0
    memory_limit_bytes: int = 0
    cpu_s: float = 0.0
    variables: int = 0


Incoming = LogMessage | ToApplication | NotAnswering
