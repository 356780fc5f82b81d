"""An application that starts a cell and is killed by SIGKILL while it reads what the cell prints.

Run as a process: FOLDER LINES CODE.  At its LINES-th line of output (0: at the cell's question) it writes what
somebody needs to attach to the worker to FOLDER/left.json, and dies; what it was just shown does not count.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.protocol.messages import Execute, Input, Message, Output, new_id
from engine.session.manager import SessionManager


async def main(folder: Path, lines: int, code: str) -> None:
    (folder / "logs").mkdir()
    manager = SessionManager(runtime_directory=folder / "run")
    session = await manager.start(
        "nb", working_directory=folder, log_directory=folder / "logs", python=sys.executable, outlives=True
    )
    execution_id, printed = new_id(), ""

    def observe(message: Message) -> None:
        nonlocal printed
        if isinstance(message, Input) or (lines and isinstance(message, Output) and printed.count("\n") >= lines):
            left = {
                "session_id": session.session_id,
                "socket": str(session.address.socket),
                "token": session.token.hex(),
                "pid": session.pid,
                "execution_id": execution_id,
                "printed": printed,
            }
            (folder / "left.json").write_text(json.dumps(left))
            os.kill(os.getpid(), signal.SIGKILL)
        if isinstance(message, Output):
            printed += message.text

    session.add_message_interceptor(observe)
    await session.execute(Execute(execution_id=execution_id, code=code))
    await session.ended


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
