"""What a notebook says of its language, as ipykernel writes it: other tools highlight and export by it."""

from __future__ import annotations

from collections.abc import Mapping

from capsule_desktop.notebook.json_text import JsonValue


def with_language(metadata: Mapping[str, JsonValue], python_version: str) -> Mapping[str, JsonValue]:
    """metadata with language_info, where it has none; what is there stays as it is."""
    if "language_info" in metadata:
        return metadata
    language: dict[str, JsonValue] = {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
        "version": python_version,
    }
    return {**metadata, "language_info": language}
