"""Reads what a checkpoint file is about, before anybody is asked whether it shall be restored.

For what is opened like a file and for Restore Checkpoint….  Off the loop, since the whole file is read: what is damaged
is refused here, before any question.  Nothing is unpickled, and what describes it is loaded when first needed.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from capsule_desktop.presenters.checkpoint_summary import CheckpointSummary


@dataclass(frozen=True, kw_only=True)
class CheckpointReader:
    """notebooks_folder: of what is kept of all of them.  key_folder: where this user's signing key is, or will be."""

    notebooks_folder: Path
    key_folder: Path

    async def read(self, path: Path) -> CheckpointSummary:
        """Raises CheckpointError, of which LongContents says that it may be whole."""
        return await asyncio.to_thread(self._read, path)

    def _read(self, path: Path) -> CheckpointSummary:
        from capsule_desktop.presenters import checkpoint_summary

        return checkpoint_summary.read(path, self.notebooks_folder, self.key_folder, time.time())
