"""How many examples hypothesis tries: few and always the same ones in CI, more and new ones by hand."""

from __future__ import annotations

import os

from hypothesis import settings


def load() -> None:
    settings.register_profile("ci", deadline=None, derandomize=True, max_examples=60, database=None)
    settings.register_profile("dev", deadline=None, max_examples=60)
    settings.register_profile("thorough", deadline=None, max_examples=2000)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))
