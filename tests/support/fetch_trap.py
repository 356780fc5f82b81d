"""A server on loopback and a file that nobody may ask for: what an output names, and must not get.

The server accepts on a thread of its own and counts connections; the file's bytes are a picture in a colour that is
searched for in what was painted.
"""

from __future__ import annotations

import socket
import threading
from pathlib import Path

from PySide6.QtGui import QColor, QImage

SENTINEL = QColor(255, 0, 254)


class FetchTrap:
    """`url` and `file_url` are tempting; `connections` says who came."""

    def __init__(self, folder: Path) -> None:
        self.connections = 0
        self.path = folder / "sentinel.png"
        image = QImage(40, 40, QImage.Format.Format_RGB32)
        image.fill(SENTINEL)
        image.save(str(self.path))
        self._server = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, name="fetch-trap")
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.getsockname()[1]}/picture.png"

    @property
    def file_url(self) -> str:
        return self.path.as_uri()

    def close(self) -> None:
        """Ends the server by a last connection of its own, so every earlier one has been counted."""
        with socket.create_connection(self._server.getsockname()) as end:
            end.sendall(b"end")
            self._thread.join()
        self._server.close()

    def _accept(self) -> None:
        while True:
            client, _ = self._server.accept()
            with client:
                client.settimeout(1)
                if client.recv(3) == b"end":
                    return
                self.connections += 1


def shows_sentinel(image: QImage) -> bool:
    """Whether a pixel of the forbidden file's colour is in the picture."""
    return any(
        image.pixelColor(x, y) == SENTINEL for x in range(0, image.width(), 5) for y in range(0, image.height(), 5)
    )
