"""The application's one style sheet, written from a Palette.

Owns every rule of Qt's style sheets; no widget sets one of its own.  Rules name classes, object
names or the properties below, so that cells and editors, which paint themselves, match few of them:
  role="primary"   the one button that Enter means;  role="ghost"  a button without a frame
  role="heading" | "section" | "muted" | "note"      labels
  tone="info" | "warning" | "error"                  banners
"""

from __future__ import annotations

from PySide6.QtGui import QColor

from capsule_desktop.resources import resources_root
from capsule_desktop.widgets.palette import CONTROL_PX, RADIUS_PX, STATUS_PX, Palette


def blend(over: str, ground: str, share: float) -> str:
    """`share` (0..1) of `over` on `ground`, as #RRGGBB: hover and press states of a token."""
    a, b = QColor(over), QColor(ground)
    parts = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round(x * share + y * (1 - share)) for x, y in parts)).name()


def stylesheet(p: Palette) -> str:
    return "\n".join((_chrome(p), _menus(p), _buttons(p), _labels(p), _fields(p), _lists(p), _scroll_bars(p)))


def _chrome(p: Palette) -> str:
    return f"""
QMainWindow, QDialog {{ background: {p.page}; }}
QDialog {{ background: {p.surface}; }}
QToolTip {{ background: {p.surface}; color: {p.text}; border: 1px solid {p.line}; padding: 4px 8px; }}
#toolbar {{ background: {p.page}; border-bottom: 1px solid {p.line}; }}
#toolbar-divider {{ background: {p.line}; }}
#sidebar {{ background: {p.panel}; border-right: 1px solid {p.line}; }}
#status-bar {{ background: {p.panel}; border-top: 1px solid {p.line};
    min-height: {STATUS_PX - 1}px; max-height: {STATUS_PX - 1}px; }}
#status-bar QLabel {{ color: {p.muted}; font-size: 12px; }}
#stop-strip {{ background: {p.panel}; border-top: 1px solid {p.line}; }}
#banner {{ border-bottom: 1px solid {p.line}; background: {p.selected_row}; }}
#banner[tone="error"] {{ background: {p.error_ground}; }}
#card {{ background: {p.surface}; border: 1px solid {p.line}; border-radius: {RADIUS_PX}px; }}
"""


def _menus(p: Palette) -> str:
    return f"""
QMenuBar {{ background: {p.panel}; color: {p.text}; border-bottom: 1px solid {p.line}; }}
QMenuBar::item {{ background: transparent; padding: 5px 8px 4px 8px; border-radius: 6px; }}
QMenuBar::item:selected, QMenuBar::item:pressed {{ background: {blend(p.text, p.panel, 0.08)}; }}
QMenuBar::item:disabled {{ color: {p.muted}; }}
#wordmark {{ font-weight: 700; padding: 0 8px 0 14px; }}
QMenu {{ background: {p.surface}; color: {p.text}; border: 1px solid {p.line}; padding: 4px; }}
QMenu::item {{ padding: 5px 24px 5px 26px; border-radius: 6px; margin: 0; }}
QMenu::item:selected {{ background: {p.selected_row}; }}
QMenu::item:disabled {{ color: {p.muted}; background: transparent; }}
QMenu::separator {{ height: 1px; background: {p.line}; margin: 4px 8px; }}
"""


def _buttons(p: Palette) -> str:
    inner = CONTROL_PX - 2  # the height inside a border of 1 px
    hover, press = blend(p.text, p.surface, 0.05), blend(p.text, p.surface, 0.10)
    accent_hover, accent_press = blend(p.text, p.accent, 0.12), blend(p.text, p.accent, 0.22)
    return f"""
QPushButton, QToolButton {{ background: {p.surface}; color: {p.text}; border: 1px solid {p.line};
    border-radius: {RADIUS_PX}px; min-height: {inner}px; max-height: {inner}px; padding: 0 10px; font-size: 13px;
    outline: none; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QDialog QPushButton, #welcome QPushButton {{ padding: 0 14px; }}
QPushButton:hover, QToolButton:hover, QToolButton:open {{ background: {hover}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {press}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {p.muted}; background: {p.panel}; }}
QPushButton:focus, QToolButton:focus {{ border: 2px solid {p.accent}; padding: 0 9px;
    min-height: {inner - 2}px; max-height: {inner - 2}px; }}
#welcome QPushButton[role="ghost"] {{ padding: 0 8px; }}
#welcome QPushButton[role="ghost"]:focus {{ padding: 0 7px; }}
QDialog QPushButton:focus, #welcome QPushButton:focus {{ padding: 0 13px; }}
QToolButton::menu-indicator {{ image: none; }}
QAbstractButton[role="primary"] {{ background: {p.accent}; color: {p.on_accent}; border-color: {p.accent};
    font-weight: 500; }}
QAbstractButton[role="primary"]:hover {{ background: {accent_hover}; border-color: {accent_hover}; }}
QAbstractButton[role="primary"]:pressed {{ background: {accent_press}; border-color: {accent_press}; }}
QAbstractButton[role="primary"]:disabled {{ background: {p.panel}; color: {p.muted}; border-color: {p.line}; }}
QAbstractButton[role="primary"]:focus {{ border: 2px solid {p.text}; }}
QAbstractButton[role="ghost"] {{ background: transparent; border-color: transparent; }}
QAbstractButton[role="ghost"]:hover {{ background: {hover}; }}
QAbstractButton[role="ghost"]:disabled {{ background: transparent; }}
QAbstractButton[role="ghost"]:focus {{ border: 2px solid {p.accent}; }}
QPushButton::menu-indicator {{ image: url("{_image("chevron", p.text)}"); width: 12px; height: 12px;
    subcontrol-origin: padding; subcontrol-position: right center; right: 8px; }}
QDialog QPushButton[menu="true"] {{ padding-right: 26px; }}
QDialog QPushButton[menu="true"]:focus {{ padding-right: 25px; }}
QToolButton {{ padding: 0 4px 0 10px; }}  /* Qt leaves two spaces after the words */
QToolButton:focus {{ padding: 0 3px 0 9px; }}
QToolButton[compact="true"] {{ padding: 0 6px; }}
QToolButton[compact="true"]:focus {{ padding: 0 5px; }}
QToolButton[menu="true"] {{ padding-right: 18px; }}
QToolButton[menu="true"]:focus {{ padding-right: 17px; }}
QToolButton[menu="true"][compact="true"] {{ padding-right: 24px; }}
QToolButton[menu="true"][compact="true"]:focus {{ padding-right: 23px; }}
QToolButton[extent="small"] {{ padding: 0; min-height: 22px; max-height: 22px; border-radius: 6px; }}
QToolButton[extent="small"]:focus {{ padding: 0; min-height: 20px; max-height: 20px; }}
QCheckBox, QRadioButton {{ color: {p.text}; spacing: 8px; min-height: 24px; }}
QCheckBox::indicator, QMenu::indicator:non-exclusive {{ width: 14px; height: 14px; border: 1px solid {p.muted};
    border-radius: 4px; }}
QCheckBox::indicator:checked, QMenu::indicator:non-exclusive:checked {{ background: {p.accent};
    border-color: {p.accent}; image: url("{_image("tick", p.on_accent)}"); }}
QRadioButton::indicator, QMenu::indicator:exclusive {{ width: 14px; height: 14px; border: 1px solid {p.muted};
    border-radius: 8px; }}
QRadioButton::indicator:checked, QMenu::indicator:exclusive:checked {{ width: 6px; height: 6px;
    border: 5px solid {p.accent}; background: {p.on_accent}; }}
QMenu::indicator {{ left: 6px; }}
QCheckBox, QRadioButton {{ border: 2px solid transparent; border-radius: 6px; padding: 0 6px 0 2px; }}
QCheckBox:focus, QRadioButton:focus {{ border-color: {p.accent}; }}
"""


def _image(name: str, ink: str) -> str:
    """Style sheets take images as files, which cannot be tinted: there is a light and a dark one of each."""
    shade = "light" if QColor(ink).lightnessF() > 0.5 else "dark"
    return (resources_root() / "icons" / f"{name}-{shade}.svg").as_posix()


def _labels(p: Palette) -> str:
    return f"""
QLabel[role="heading"] {{ font-size: 16px; font-weight: 600; }}
QLabel[role="display"] {{ font-size: 24px; font-weight: 600; }}
QLabel[role="strong"] {{ font-weight: 600; }}
QLabel[role="section"] {{ font-size: 11px; font-weight: 600; color: {p.muted}; }}
QLabel[role="muted"] {{ color: {p.muted}; }}
QLabel[role="note"] {{ color: {p.muted}; font-size: 12px; }}
QLabel[role="error"] {{ color: {p.error}; }}
"""


def _fields(p: Palette) -> str:
    return f"""
QLineEdit {{ background: {p.surface}; color: {p.text}; border: 1px solid {p.line}; border-radius: {RADIUS_PX}px;
    min-height: {CONTROL_PX - 2}px; padding: 0 8px; selection-background-color: {p.accent};
    selection-color: {p.on_accent}; }}
QLineEdit:focus {{ border: 2px solid {p.accent}; min-height: {CONTROL_PX - 4}px; padding: 0 7px; }}
QLineEdit:disabled {{ color: {p.muted}; background: {p.panel}; }}
#prompt-text {{ background: {p.code_cell}; color: {p.text}; border: 1px solid {p.line};
    border-radius: {RADIUS_PX}px; padding: 6px 8px; }}
#prompt-text:focus {{ border: 2px solid {p.accent}; padding: 5px 7px; }}
QComboBox {{ background: {p.surface}; color: {p.text}; border: 1px solid {p.line}; border-radius: {RADIUS_PX}px;
    min-height: {CONTROL_PX - 2}px; padding: 0 8px; }}
QComboBox:focus {{ border: 2px solid {p.accent}; min-height: {CONTROL_PX - 4}px; padding: 0 7px; }}
QComboBox::drop-down {{ border: none; width: 26px; }}
QComboBox::down-arrow {{ image: url("{_image("chevron", p.text)}"); width: 12px; height: 12px; }}
QComboBox QAbstractItemView {{ background: {p.surface}; color: {p.text}; border: 1px solid {p.line};
    selection-background-color: {p.selected_row}; selection-color: {p.text}; outline: none; }}
QComboBox QAbstractItemView::item {{ min-height: 26px; padding: 0 8px; }}
QComboBox QAbstractItemView::item:selected {{ background: {p.selected_row}; color: {p.text}; }}
QProgressBar {{ background: {p.line}; border: none; border-radius: 2px; min-height: 4px; max-height: 4px; }}
QProgressBar::chunk {{ background: {p.accent}; width: 8px; }}  /* of one that is busy Qt draws many, side by side */
"""


def _lists(p: Palette) -> str:
    return f"""
#interpreters {{ background: {p.surface}; border: 1px solid {p.line}; border-radius: {RADIUS_PX}px; outline: none;
    padding: 2px; }}
#interpreters:focus {{ border: 2px solid {p.accent}; padding: 1px; }}
#contents, #queue, #queue-panel {{ background: transparent; border: none; outline: none; }}
QTableView {{ background: {p.surface}; alternate-background-color: {p.zebra}; border: 1px solid {p.line};
    border-radius: {RADIUS_PX}px; gridline-color: {p.line}; selection-background-color: {p.selected_row};
    selection-color: {p.text}; }}
QTableView:focus {{ border: 2px solid {p.accent}; }}
QTableView::item {{ padding: 2px 8px; }}
QHeaderView {{ background: {p.surface}; border: none; }}
QHeaderView::section {{ background: {p.surface}; color: {p.muted}; border: none; font-size: 12px; font-weight: 600;
    border-bottom: 1px solid {p.line}; padding: 6px 8px; }}
"""


def _scroll_bars(p: Palette) -> str:
    handle, hover = blend(p.text, p.page, 0.22), blend(p.text, p.page, 0.40)
    return f"""
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {handle}; border-radius: 3px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 28px; }}
QScrollBar::handle:horizontal {{ min-width: 28px; }}
QScrollBar::handle:hover {{ background: {hover}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""
