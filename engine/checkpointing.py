"""Saving and restoring checkpoints for one notebook: files here, variables in the worker.

Called by the facade while no cell is with the worker.  The worker writes and loads the pickles; this side
signs, verifies and never unpickles (invariant 10).  File work is on threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.checkpoints import checkpoint_file
from engine.commands import RequestId, RestoreCheckpoint, SaveCheckpoint
from engine.durable.bridge import ProtocolBridge
from engine.durable.outcome import TimedOut
from engine.errors import CheckpointError, ForeignCheckpoint, PeerError
from engine.events import CheckpointRestored, CheckpointSaved, Event, RequestFailed, VariableRow
from engine.kernel import Kernel
from engine.protocol.messages import (
    Checkpoint,
    CheckpointReport,
    Error,
    Message,
    Restore,
    RestoreReport,
    VariableNote,
)
from engine.trust import SigningKey


@dataclass(frozen=True, kw_only=True)
class LoadedCheckpoint:
    """What came back into the worker, a row a variable."""

    name: str
    variables: tuple[VariableRow, ...]
    surroundings: tuple[VariableRow, ...]


class Checkpointing:
    """key_folder: where this user's signing key is, or will be made at the first save.  tell: as Revival's."""

    def __init__(
        self,
        notebook_id: str,
        *,
        kernel: Kernel,
        bridge: ProtocolBridge,
        key_folder: Path,
        emit: Callable[[Event], None],
        tell: Callable[[Event], None],
    ) -> None:
        self._notebook_id = notebook_id
        self._kernel, self._bridge = kernel, bridge
        self._key_folder = key_folder
        self._emit, self._tell = emit, tell

    async def save(self, request_id: RequestId, command: SaveCheckpoint) -> None:
        """Raises CheckpointError or PeerError with what happened; an older file at the path is then whole."""
        session = await self._kernel.ensure()
        key = await asyncio.to_thread(SigningKey.open, self._key_folder)
        draft = await asyncio.to_thread(checkpoint_file.begin, command.path)
        try:
            request = Checkpoint(path=str(draft.draft), name=command.name, notebook=self._notebook_id)
            # no limit: a large namespace takes as long as it takes, and the worker's end settles it too
            answer = await self._bridge.request("checkpoint", request, session.send, limit_s=None)
            report = _report(answer, CheckpointReport)
            size_bytes = await asyncio.to_thread(checkpoint_file.publish, draft, key)
        finally:
            await asyncio.to_thread(checkpoint_file.discard, draft)
        self._emit(
            CheckpointSaved(
                request_id=request_id,
                name=command.name,
                path=str(command.path),
                size_bytes=size_bytes,
                variables=_rows(report.variables),
            )
        )

    async def restore(self, request_id: RequestId, command: RestoreCheckpoint) -> None:
        """Raises CheckpointError or PeerError; the variables are then as they were."""
        try:
            loaded = await self.load(
                command.path,
                clear_existing=command.clear_existing,
                trust_unsigned=command.trust_unsigned,
                shown=command.sha256,
            )
        except ForeignCheckpoint as error:
            self._emit(RequestFailed(request_id=request_id, kind="foreign_checkpoint", message=str(error)))
            return
        self._tell(
            CheckpointRestored(
                request_id=request_id,
                name=loaded.name,
                path=str(command.path),
                variables=loaded.variables,
                surroundings=loaded.surroundings,
            )
        )

    async def load(
        self, path: Path | str, *, clear_existing: bool, trust_unsigned: bool = False, shown: bytes = b""
    ) -> LoadedCheckpoint:
        """Bring a file's variables into the worker, started where none is.  shown: as in prepare_restore().

        Raises CheckpointError (ForeignCheckpoint unless trust_unsigned), PeerError, WorkerStartError.
        """
        key = await asyncio.to_thread(SigningKey.open, self._key_folder)
        file = await asyncio.to_thread(
            checkpoint_file.prepare_restore, Path(path), key, trust_unsigned=trust_unsigned, shown=shown
        )
        session = await self._kernel.ensure()
        request = Restore(
            path=str(file.verified.path),
            sha256=file.verified.sha256,
            payload_bytes=file.verified.payload_bytes,
            clear_existing=clear_existing,
        )
        report = _report(await self._bridge.request("restore", request, session.send, limit_s=None), RestoreReport)
        return LoadedCheckpoint(
            name=file.manifest.name, variables=_rows(report.variables), surroundings=_rows(report.surroundings)
        )


def _report[R: CheckpointReport | RestoreReport](answer: Message | TimedOut, kind: type[R]) -> R:
    """The report that was asked for, or why there is none.  Raises CheckpointError, PeerError."""
    if isinstance(answer, kind):
        if answer.error:
            raise CheckpointError(answer.error)
        return answer
    if isinstance(answer, Error):
        raise PeerError(answer.message)
    raise PeerError("Python gave another answer than the one that was asked for.")


def _rows(notes: Iterable[VariableNote]) -> tuple[VariableRow, ...]:
    return tuple(
        VariableRow(
            name=note.name,
            type_name=note.type_name,
            outcome=note.outcome,
            reason=note.reason,
            size_bytes=note.size_bytes,
        )
        for note in notes
    )
