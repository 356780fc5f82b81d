"""The signature of what can be called, as text.  Used by inspection.py and pretty.py.

Since Python 3.14 annotations are looked up when they are asked for: where one names what does not exist, all are
shown as they were written.
"""

from __future__ import annotations

import inspect
import sys
from typing import Any


def signature_text(value: Any) -> str:
    """With its parentheses.  Raises ValueError or TypeError where nobody knows it."""
    try:
        return str(inspect.signature(value))
    except (AttributeError, NameError):
        if sys.version_info >= (3, 14):
            from annotationlib import Format

            signature = inspect.signature(value, annotation_format=Format.STRING)
            return signature.format(quote_annotation_strings=False)
        raise
