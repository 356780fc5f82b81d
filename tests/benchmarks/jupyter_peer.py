"""The peer: ipykernel driven by jupyter_client's own blocking client, as nbclient and the notebook server do.

An execution is over when both the shell's reply and the kernel's "idle" have come: before that a
notebook cannot know that all output is there.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

LIMIT_S = 120.0


@dataclass(frozen=True)
class Ran:
    duration_s: float
    text: str  # what was printed to stdout
    value: str  # text/plain of the cell's value


class JupyterKernel:
    """One running kernel."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self._manager, self._client = manager, client

    def run(self, code: str) -> Ran:
        """Execute code and take everything it produces, to idle and reply."""
        printed: list[str] = []
        value = ""
        start = time.perf_counter()
        message_id = self._client.execute(code)
        while True:
            message = self._client.get_iopub_msg(timeout=LIMIT_S)
            if message["parent_header"].get("msg_id") != message_id:
                continue
            content = message["content"]
            match message["msg_type"]:
                case "stream":
                    printed.append(content["text"])
                case "execute_result":
                    value = content["data"]["text/plain"]
                case "status" if content["execution_state"] == "idle":
                    break
        while self._client.get_shell_msg(timeout=LIMIT_S)["parent_header"].get("msg_id") != message_id:
            pass
        return Ran(time.perf_counter() - start, "".join(printed), value)

    def restart_to_result_s(self) -> float:
        """Seconds from the request to restart until a first `1+1` has come back."""
        start = time.perf_counter()
        self._manager.restart_kernel(now=True)
        self._client.wait_for_ready(timeout=LIMIT_S)
        self.run("1+1")
        return time.perf_counter() - start


@contextmanager
def jupyter_kernel() -> Iterator[JupyterKernel]:
    """A kernel of this interpreter, ready; it is shut down at the end."""
    # ipykernel finds its interpreter by a kernelspec; none needs to be installed for this one
    manager = KernelManager(kernel_name="python3")
    manager.kernel_spec_manager.ensure_native_kernel = True
    assert manager.kernel_spec is not None
    manager.kernel_spec.argv[0] = sys.executable
    manager.start_kernel(extra_arguments=["--IPKernelApp.log_level=40"])  # nothing about TCP among our figures
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=LIMIT_S)
        yield JupyterKernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def first_result_s() -> float:
    """Seconds from asking for a kernel to the end of its first `1+1`."""
    start = time.perf_counter()
    with jupyter_kernel() as kernel:
        kernel.run("1+1")
        return time.perf_counter() - start
