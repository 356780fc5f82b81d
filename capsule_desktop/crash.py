"""The crash hook: whatever goes wrong in the application is logged, and written to a report on this computer.

Begun by app.py before Qt's application is made.  An exception in a slot, a task or a thread does not end the
application, and is reported all the same; what kills the process is written by faulthandler.  Invariant: nothing of
the user's is in a report (crash_error.py), and reporting never raises.  The log has an exception's own words, too.
"""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from capsule_desktop.crash_error import where_it_went_wrong
from capsule_desktop.crash_reports import LivingReport

if TYPE_CHECKING:
    from PySide6.QtCore import QMessageLogContext, QtMsgType

log = logging.getLogger("capsule.crash")
qt_log = logging.getLogger("capsule.qt")

_LINE_LIMIT = 400


class CrashHook:
    """report: None where the folder cannot be written; then all is only logged."""

    def __init__(self, report: LivingReport | None) -> None:
        self._report = report
        self._handler = _ReportHandler(report) if report is not None else None

    @classmethod
    def begin(cls, folder: Path, about: str) -> CrashHook:
        """Report from now on, until end()."""
        try:
            report = LivingReport.begin(folder, about)
        except OSError as error:
            log.warning("a crash could not be reported: %s", error.strerror or error)
            report = None
        hook = cls(report)
        hook._install()
        return hook

    def watch_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.set_exception_handler(_on_loop_error)

    def watch_qt(self) -> None:
        """Qt's own messages; after a fatal one Qt ends the process, which faulthandler reports."""
        from PySide6.QtCore import qInstallMessageHandler

        qInstallMessageHandler(_on_qt_message)

    def note(self, words: str) -> None:
        """What is going on from now on, for a crash that can say nothing any more."""
        if self._report is not None:
            try:
                self._report.note(words)
            except OSError as error:
                log.warning("the crash report cannot be written: %s", error.strerror or error)

    def end(self) -> None:
        """The application ends in order."""
        sys.excepthook, threading.excepthook, sys.unraisablehook = (
            sys.__excepthook__,
            threading.__excepthook__,
            sys.__unraisablehook__,
        )
        if self._handler is not None:
            _reported().removeHandler(self._handler)
        if self._report is not None:
            faulthandler.disable()
            self._report.end()

    def _install(self) -> None:
        sys.excepthook, threading.excepthook, sys.unraisablehook = _on_error, _on_thread_error, _on_unraisable
        if self._handler is not None:
            _reported().addHandler(self._handler)
        if self._report is not None:
            faulthandler.enable(self._report.descriptor, all_threads=True)


class _ReportHandler(logging.Handler):
    """Reports what is logged as an error with its exception: task owners and the hooks here do so."""

    def __init__(self, report: LivingReport) -> None:
        super().__init__(logging.ERROR)
        self._report = report

    def emit(self, record: logging.LogRecord) -> None:
        try:
            error = record.exc_info[1] if record.exc_info else None
            if error is None and record.levelno < logging.CRITICAL:
                return
            where = "" if error is None else where_it_went_wrong(error)
            has_room = self._report.add(f"{record.name}: {record.getMessage()[:_LINE_LIMIT]}", where)
            if has_room:
                faulthandler.dump_traceback(self._report.descriptor, all_threads=True)
        except Exception:  # noqa: BLE001 - the crash hook: a report that cannot be written must not become an error
            self.handleError(record)


def _reported() -> logging.Logger:
    return logging.getLogger("capsule")


def _on_error(kind: type[BaseException], error: BaseException, place: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, place)
    else:
        log.error("something went wrong in Capsule", exc_info=(kind, error, place))


def _on_thread_error(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is not None and not issubclass(failed.exc_type, SystemExit):
        log.error("a thread failed", exc_info=(failed.exc_type, failed.exc_value, failed.exc_traceback))


def _on_unraisable(failed: sys.UnraisableHookArgs) -> None:
    """The object is named by its type alone: what it shows of itself may be the user's."""
    if failed.exc_value is not None:
        what = type(failed.object).__name__
        log.error("%s could not be ended", what, exc_info=(failed.exc_type, failed.exc_value, failed.exc_traceback))


def _on_loop_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """asyncio shows what a callback was given behind its name: that may be the user's."""
    error = context.get("exception")
    words, _, _ = str(context.get("message", "an error without words")).partition("(")
    if isinstance(error, BaseException):
        log.error("in the event loop: %s", words, exc_info=error)
    else:
        log.error("in the event loop: %s", words)


def _on_qt_message(kind: QtMsgType, _context: QMessageLogContext, words: str | None) -> None:
    from PySide6.QtCore import QtMsgType

    levels = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.INFO,
        QtMsgType.QtWarningMsg: logging.WARNING,
        QtMsgType.QtCriticalMsg: logging.ERROR,
        QtMsgType.QtFatalMsg: logging.CRITICAL,
    }
    qt_log.log(levels.get(kind, logging.WARNING), "%s", words)
