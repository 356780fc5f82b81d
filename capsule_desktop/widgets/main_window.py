"""One notebook's window: menu bar, toolbar, banner, sidebar, the notebook itself, status bar.

Owns where things are and the window's own state (sidebar, full screen, geometry); what is in them
are values from the presenter, what the user asks for goes out as signals.  Closing is asked, never
done: closeEvent is refused and `close_requested` emitted, until the presenter says force_close().
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from PySide6.QtCore import QByteArray, QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.banner import Banner, BannerView
from capsule_desktop.widgets.contents_list import ContentsRow
from capsule_desktop.widgets.dots import DotState
from capsule_desktop.widgets.focus_return import FocusReturn
from capsule_desktop.widgets.icons import app_icon
from capsule_desktop.widgets.menus import CHECKPOINT_MENU, KERNEL_BUTTON_MENU, Menus
from capsule_desktop.widgets.palette import Palette
from capsule_desktop.widgets.queue_values import QueueView
from capsule_desktop.widgets.screen_fit import limit_to_screen, move_into_screen
from capsule_desktop.widgets.sidebar import Sidebar
from capsule_desktop.widgets.status_bar import StatusBar, StatusView
from capsule_desktop.widgets.stop_strip import StopStrip, StopView
from capsule_desktop.widgets.theme import Theme, ThemeChoice
from capsule_desktop.widgets.toolbar import Toolbar
from capsule_desktop.widgets.welcome import Welcome

SIDEBAR_FROM_PX = 1100  # narrower windows give the room to the notebook
_FIRST_SIZE_PX = (1280, 860)
_MINIMUM_PX = (480, 320)
_SUFFIXES = (".ipynb", ".capsule")  # of what can be dropped on it
_THEME_ACTIONS = {
    ThemeChoice.SYSTEM: Action.THEME_SYSTEM,
    ThemeChoice.LIGHT: Action.THEME_LIGHT,
    ThemeChoice.DARK: Action.THEME_DARK,
}


WITHOUT_NOTEBOOK: AbstractSet[Action] = frozenset(
    {
        *(Action.NEW, Action.OPEN, Action.CLOSE, Action.QUIT, Action.FULL_SCREEN, *_THEME_ACTIONS.values()),
        *(Action.SHORTCUTS, Action.CRASH_REPORTS, Action.CHECK_UPDATES, Action.ABOUT),
    }
)


class MainWindow(QMainWindow):
    """TOGGLE_SIDEBAR and FULL_SCREEN from its own menus it does itself; every other Action is emitted."""

    action_requested = Signal(Action)
    recent_requested = Signal(str)  # a path
    files_dropped = Signal(list)  # list[str], paths of notebooks and checkpoints
    queue_requested = Signal(object)  # a QueueRequest
    contents_clicked = Signal(str)  # a CellId
    banner_button_clicked = Signal(str)  # a BannerButton's key
    banner_dismissed = Signal()
    stop_dismissed = Signal()  # let go on what is being stopped
    close_requested = Signal()
    activated = Signal()  # it has come to the front

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        palette = theme.palette
        self._may_close = False
        self._sidebar_wanted: bool | None = None  # None: by the window's width
        self._central: QWidget | None = None
        self._menus = Menus(self.menuBar())
        self._toolbar = Toolbar(palette, self)
        self._banner = Banner(palette, self)
        self._sidebar = Sidebar(palette, self)
        self._stop = StopStrip(palette, self)
        self._status = StatusBar(palette, self)
        self._welcome = Welcome(palette, self)
        self._body = QHBoxLayout()
        self._focus = FocusReturn(self)
        self._lay_out()
        self._connect(theme)
        self.setAcceptDrops(True)
        self.setWindowIcon(app_icon())
        self.resize(*_FIRST_SIZE_PX)
        limit_to_screen(self)
        self.setMinimumSize(*_MINIMUM_PX)
        self.show_welcome(())

    # What it shows

    def set_title(self, name: str, state_words: str, modified: bool) -> None:
        """name: "titration.ipynb"; state_words: "saved", "edited", "read-only"; modified: the platform's mark."""
        self.setWindowTitle(f"{name}[*] – Capsule" if name else "Capsule[*]")
        self.setWindowModified(modified)
        self._toolbar.set_title(name, state_words)

    def set_kernel(self, label: str, dot: DotState, details: str = "") -> None:
        self._toolbar.set_kernel(label, dot, details)

    def set_status(self, view: StatusView) -> None:
        self._status.set_status(view)

    def set_queue(self, view: QueueView) -> None:
        self._sidebar.set_queue(view)

    def set_contents(self, rows: Sequence[ContentsRow]) -> None:
        self._sidebar.set_contents(rows)

    def set_banner(self, view: BannerView | None) -> None:
        self._banner.show_message(view)

    def set_stop(self, view: StopView | None) -> None:
        self._stop.show_stop(view)

    def focus_stop_step(self, action: Action) -> None:
        self._stop.focus_step(action)

    def set_recent(self, paths: Sequence[str]) -> None:
        self._menus.set_recent(paths)
        self._welcome.set_recent(paths)

    def set_actions_enabled(self, enabled: AbstractSet[Action]) -> None:
        """Exactly these can be asked for now, by menu, by toolbar and by the shortcuts set here."""
        self._menus.set_enabled(enabled)
        self._toolbar.set_enabled(enabled)

    def set_theme_choice(self, choice: ThemeChoice) -> None:
        self._menus.set_checked(_THEME_ACTIONS[choice], True)

    def set_central_view(self, widget: QWidget) -> None:
        """Show this notebook view; the one before it is deleted."""
        self._replace_central(widget)
        self._welcome.hide()
        self._toolbar.show()
        widget.show()
        self._show_sidebar()

    def show_welcome(self, recent: Sequence[str]) -> None:
        """No notebook: the empty state instead of a view, and only what can be done without one."""
        self._replace_central(None)
        self._toolbar.hide()
        self._banner.show_message(None)
        self._stop.show_stop(None)
        self.set_status(StatusView())
        self.set_actions_enabled(WITHOUT_NOTEBOOK)
        self.set_title("", "", modified=False)
        self.set_recent(recent)
        self._welcome.show()
        self._show_sidebar()

    # The window's own state

    def toggle_sidebar(self) -> None:
        self._sidebar_wanted = not self._sidebar.isVisibleTo(self)
        self._show_sidebar()

    def toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def save_state(self) -> bytes:
        """Size and place, for restore_state() of a later run."""
        return bytes(self.saveGeometry().data())

    def restore_state(self, state: bytes) -> bool:
        """False where these bytes are none of ours; the window then keeps the size it has."""
        is_ours = self.restoreGeometry(QByteArray(state))
        if is_ours:
            move_into_screen(self)
        return is_ours

    def force_close(self) -> None:
        """Close without asking: the presenter has asked already."""
        self._may_close = True
        self.close()

    # Qt's events

    @property
    def is_in_front(self) -> bool:
        """The keyboard is in it, or in a dialog that belongs to it."""
        active = QApplication.activeWindow()
        while active is not None and active is not self:
            parent = active.parentWidget()
            active = None if parent is None else parent.window()
        return active is not None

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close:
            event.accept()
            return
        event.ignore()
        self.close_requested.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:  # the window manager may do it without asking
            self._menus.set_checked(Action.FULL_SCREEN, self.isFullScreen())
        elif event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.activated.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (event.oldSize().width() < SIDEBAR_FROM_PX) != (event.size().width() < SIDEBAR_FROM_PX):
            self._sidebar_wanted = None  # a toggle holds until the window becomes wide or narrow
        self._show_sidebar()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _files(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = _files(event)
        if paths:
            event.acceptProposedAction()
            self.files_dropped.emit(paths)

    # Inside

    def _lay_out(self) -> None:
        middle = QWidget(self)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._body.setSpacing(0)
        self._body.addWidget(self._sidebar)
        self._body.addWidget(self._welcome, 1)
        column.addWidget(self._toolbar)
        column.addWidget(self._banner)
        column.addLayout(self._body, 1)
        column.addWidget(self._stop)
        column.addWidget(self._status)
        self.setCentralWidget(middle)
        bar = self.menuBar()
        self._toolbar.set_menus(self._menus.menu(CHECKPOINT_MENU, bar), self._menus.menu(KERNEL_BUTTON_MENU, bar))

    def _connect(self, theme: Theme) -> None:
        for source in (self._menus, self._toolbar, self._welcome, self._stop):
            source.action_requested.connect(self._on_action_requested)
        self._menus.recent_requested.connect(self.recent_requested)
        self._welcome.recent_requested.connect(self.recent_requested)
        self._focus.watch_menus(self.menuBar())
        self._banner.focus_left.connect(self._focus.give_back)
        self._stop.focus_left.connect(self._focus.give_back)
        self._stop.dismissed.connect(self.stop_dismissed)
        self._banner.button_clicked.connect(self.banner_button_clicked)
        self._banner.dismissed.connect(self.banner_dismissed)
        self._sidebar.cell_clicked.connect(self.contents_clicked)
        self._sidebar.queue_requested.connect(self.queue_requested)
        self._sidebar.focus_left.connect(self._focus.give_back)
        self.set_theme_choice(theme.choice)
        theme.palette_changed.connect(self._apply_palette)

    def _on_action_requested(self, action: Action) -> None:
        match action:
            case Action.TOGGLE_SIDEBAR:
                self.toggle_sidebar()
            case Action.FULL_SCREEN:
                self.toggle_full_screen()
            case _:
                self.action_requested.emit(action)

    def _apply_palette(self, palette: Palette) -> None:
        for part in (self._toolbar, self._banner, self._sidebar, self._stop, self._status, self._welcome):
            part.apply_palette(palette)

    def _replace_central(self, widget: QWidget | None) -> None:
        if self._central is not None and self._central is not widget:
            self._body.removeWidget(self._central)
            self._central.deleteLater()
        self._central = widget
        self._focus.set_place(widget)
        if widget is not None:
            self._body.addWidget(widget, 1)

    def _show_sidebar(self) -> None:
        wanted = self.width() >= SIDEBAR_FROM_PX if self._sidebar_wanted is None else self._sidebar_wanted
        shown = wanted and self._central is not None
        self._sidebar.setVisible(shown)
        self._menus.set_checked(Action.TOGGLE_SIDEBAR, shown)


def _files(event: QDropEvent) -> list[str]:
    paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    return [path for path in paths if path.lower().endswith(_SUFFIXES) and "\0" not in path]  # %00 in an address
