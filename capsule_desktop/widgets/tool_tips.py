"""Tool tips whose words are not ours: names of files, headings, source, what data holds.

Invariant 11: Qt takes for HTML what looks like it, reads the images that it names, and waits for one that is a pipe.
"""

from __future__ import annotations

import html

from PySide6.QtGui import Qt


def plain_tip(words: str) -> str:
    """The words as they are, for setToolTip() and the like."""
    return f'<p style="white-space: pre-wrap">{html.escape(words)}</p>' if Qt.mightBeRichText(words) else words
