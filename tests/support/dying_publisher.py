"""An application that dies at every step of putting a worker's draft in place, one death a child.

Run as a process: FOLDER.  For each step it prints one line of JSON: what the next application takes over, and what
is left in the folder.  The steps are Python's own audit events: each opening, renaming and removing of a file.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.checkpoints.automatic_files import AutomaticFiles
from engine.trust import SigningKey
from tests.support.sealed_drafts import TOKEN, draft

STEPS = {"open", "os.rename", "os.remove"}


def publish_and_die(folder: Path, keys: Path, step: int) -> None:
    """In a child, which never returns: exit code 1 where it died at that step, 0 where there were fewer."""
    said, left = draft(folder, "a1", x=1), step

    def die(event: str, _arguments: object) -> None:
        nonlocal left
        if event in STEPS:
            left -= 1
            if left < 0:
                os._exit(1)

    sys.addaudithook(die)
    AutomaticFiles(folder, keys).publish(said.path, said.seal, TOKEN)
    os._exit(0)


def main(root: Path) -> None:
    keys = root / "keys"
    SigningKey.open(keys)
    step, died = 0, True
    while died:
        folder = root / str(step)
        folder.mkdir()
        child = os.fork()
        if child == 0:
            publish_and_die(folder, keys, step)
        died = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
        file = AutomaticFiles(folder, keys).take_over((TOKEN,), since=0.0)
        taken = None if file is None else file.execution_id
        whole = file is not None and not SigningKey.open(keys).verify(file.path).foreign
        left = sorted(path.name for path in folder.iterdir())
        print(json.dumps({"died": died, "taken": taken, "whole": whole, "left": left}))
        step += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
