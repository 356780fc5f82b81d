"""Promise values as JSON that holds every text of Python's, where the SDK's own codec refuses lone surrogates.

The border between texts of people and their code and the SDK: an exception's message, a prompt or an answer may
hold code points that are no characters, and nothing that a cell says may keep its promise from being settled.
Keeps what was written exactly; the store reads the same bytes with the json module.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from resonate.codec import Codec, NoopEncryptor
from resonate.error import SerializationError
from resonate.resonate import Resonate
from resonate.types import Value


class ExactCodec(Codec):
    """The SDK's form wherever that can say it; else the same JSON with surrogates encoded as any other code point."""

    def __init__(self) -> None:
        super().__init__(NoopEncryptor())

    def encode(self, value: Any) -> Value:
        """Raises SerializationError for what is no JSON."""
        try:
            return super().encode(value)
        except SerializationError as error:
            if not isinstance(error.__cause__, UnicodeEncodeError):
                raise
        said = {"__type": "error", "message": str(value)} if isinstance(value, Exception) else value
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        return Value(headers=None, data=base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii"))

    def decode(self, value: Value) -> Any:
        """Raises SerializationError for what is no JSON."""
        try:
            return super().decode(value)
        except UnicodeDecodeError:
            data = base64.b64decode(value.data or "")
        try:
            return json.loads(data.decode("utf-8", "surrogatepass"))
        except ValueError as error:
            raise SerializationError(error) from error


def use_exact_codec(resonate: Resonate) -> None:
    """Have a client that has not started write and read its promises so."""
    resonate._codec = resonate._core.codec = resonate.promises.codec = ExactCodec()
