"""A worker that outlives its application: what is kept of it, and what it is told when it is found again.

The store's record to LivingWorker and a session to the store's record; no I/O.  Used by launch.py, which
attaches, and by whoever keeps the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.kernel_place import KernelPlace
from engine.protocol.messages import Adopt
from engine.session.session import Session
from engine.session.transport import WorkerAddress
from engine.store.records import WorkerRecord


@dataclass(frozen=True, kw_only=True)
class LivingWorker:
    """What must have been kept of a worker to attach to it again.

    wanted: the executions whose logs are read, each from its beginning; what was settled is not read again.
    background_from: bytes of the background log that were read; None for only what comes from now on.
    pid: 0 where it is not known.
    """

    session_id: str
    address: WorkerAddress
    token: bytes
    working_directory: Path
    log_directory: Path
    outlives: bool
    allow_stdin: bool = True
    checkpoint_directory: Path | None = None
    wanted: frozenset[str] = frozenset()
    background_from: int | None = None
    pid: int = 0

    @classmethod
    def from_record(
        cls,
        record: WorkerRecord,
        *,
        place: KernelPlace,
        wanted: frozenset[str] = frozenset(),
    ) -> LivingWorker:
        """place: what it is told now; where it runs and writes its logs stays as recorded.  wanted: what is claimed
        and not settled."""
        return cls(
            session_id=record.session_id,
            address=WorkerAddress.of_socket(Path(record.socket)),
            token=record.token,
            working_directory=Path(record.working_directory),
            log_directory=Path(record.log_directory),
            outlives=place.outlives,
            allow_stdin=place.allow_stdin,
            checkpoint_directory=place.checkpoint_directory,
            wanted=wanted,
            background_from=place.background_from,
            pid=record.pid,
        )


def record_of(session: Session, *, working_directory: Path, log_directory: Path, started_at: float) -> WorkerRecord:
    """What the store must keep of a ready session's worker.  started_at: seconds since 1970."""
    return WorkerRecord(
        session_id=session.session_id,
        socket=str(session.address.socket),
        pid=session.pid,
        token=session.token,
        working_directory=str(working_directory),
        log_directory=str(log_directory),
        python_version=session.ready.python_version,
        executable=session.ready.executable,
        started_at=started_at,
    )


def adopt_message(worker: LivingWorker) -> Adopt:
    """What tells a worker whose it is; said again, unchanged, when it is attached to."""
    return Adopt(
        session_id=worker.session_id,
        working_directory=str(worker.working_directory),
        log_directory=str(worker.log_directory),
        outlives=worker.outlives,
        allow_stdin=worker.allow_stdin,
        checkpoint_directory="" if worker.checkpoint_directory is None else str(worker.checkpoint_directory),
    )
