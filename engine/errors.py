"""The engine's exceptions: our bug, the peer misbehaved, or the surroundings failed.

The user's code failing is no exception here: it is an outcome, settled as a value.
"""

from __future__ import annotations


class EngineError(Exception):
    """Root of what the engine raises on purpose; its text is a sentence for people."""


class BrokenInvariant(EngineError):
    """Our own bug."""


class PeerError(EngineError):
    """The worker (or whoever is at the other end) broke the protocol or did not answer."""


class WorkerStartError(EngineError):
    """No worker could be started; the text has the worker's own last words (its stderr)."""


class NoneChosen(WorkerStartError):
    """Nobody wants any worker to be started: nothing failed."""


class CheckpointError(EngineError):
    """A checkpoint could not be written, or is refused, with the reason."""


class ForeignCheckpoint(CheckpointError):
    """The file is whole, but not signed by this user's key."""


class LongContents(CheckpointError):
    """The file lists more than is parsed of what anybody may have made."""


class StoreError(EngineError):
    """A notebook's store cannot be opened or written; the text says what is still safe."""


class StoreLocked(StoreError):
    """Another process of this user has the notebook open."""


class StoreTooNew(StoreError):
    """A later version of the application wrote it; it is left as it is."""
