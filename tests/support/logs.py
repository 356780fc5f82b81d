"""Log records at WARNING or above: each must be named by its test, or it fails it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class _Named:
    logger: str
    pattern: re.Pattern[str]
    must_come: bool
    came: bool = False

    def takes(self, record: logging.LogRecord) -> bool:
        return record.name == self.logger and self.pattern.search(record.getMessage()) is not None


class _Collector(logging.Handler):
    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__(logging.WARNING)
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


@dataclass
class ExpectedLogs:
    """What a test says about its warnings, and what then came."""

    _named: list[_Named] = field(default_factory=list)
    _records: list[logging.LogRecord] = field(default_factory=list)

    def expect(self, logger: str, pattern: str) -> None:
        """A record of this logger whose message matches must come; any number may."""
        self._named.append(_Named(logger, re.compile(pattern), must_come=True))

    def allow(self, logger: str, pattern: str) -> None:
        """A record of this logger whose message matches may come."""
        self._named.append(_Named(logger, re.compile(pattern), must_come=False))

    @contextmanager
    def captured(self) -> Iterator[None]:
        handler = _Collector(self._records)
        root = logging.getLogger()
        root.addHandler(handler)
        try:
            yield
        finally:
            root.removeHandler(handler)

    def problems(self) -> list[str]:
        """Sentences about records that came unnamed, and about named ones that did not come."""
        unnamed = [record for record in self._records if not self._is_named(record)]
        words = [f"unexpected log: {r.levelname} {r.name}: {r.getMessage()}" for r in unnamed]
        missing = [named for named in self._named if named.must_come and not named.came]
        return words + [f"expected log did not come: {n.logger}: {n.pattern.pattern}" for n in missing]

    def _is_named(self, record: logging.LogRecord) -> bool:
        takers = [named for named in self._named if named.takes(record)]
        for named in takers:
            named.came = True
        return bool(takers)
