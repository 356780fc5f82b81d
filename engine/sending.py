"""The flow's steps towards the worker: an execution is handed over and sent, at most once (invariant 8).

Called by durable/flow.py's leaves when the claim is on the disk; owned by NotebookHandle.
"""

from __future__ import annotations

import logging

from engine.durable.bridge import ProtocolBridge
from engine.errors import EngineError, PeerError
from engine.kernel import Kernel
from engine.protocol.messages import Execute
from engine.runner import Runner

log = logging.getLogger("capsule.durable")


class Sending:
    def __init__(self, *, kernel: Kernel, runner: Runner, bridge: ProtocolBridge) -> None:
        self._kernel, self._runner, self._bridge = kernel, runner, bridge

    async def send(self, execution_id: str) -> None:
        """Its claim is this life's: to the worker with it, unless it was withdrawn or has nobody to go to."""
        session = self._kernel.session
        submission = None if session is None else self._runner.hand_over(execution_id)
        if session is None or submission is None:
            self._bridge.fail(execution_id, "it did not reach Python")
            return
        command = submission.command
        try:
            await session.execute(Execute(execution_id=execution_id, code=command.source, cell_id=command.cell_id))
        except PeerError as error:
            log.info("execution %s was not sent, and ends with its session: %s", execution_id, error)
        except EngineError as error:
            self._bridge.fail(execution_id, str(error))

    async def leave_to_recovery(self, execution_id: str, claimed_by: str) -> None:
        """Another life sent it, or was about to: recovery follows or settles it, and nothing is sent."""
        log.info("execution %s was claimed by process life %s", execution_id, claimed_by)
