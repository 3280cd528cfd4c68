"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# How long an example takes is no property of the code: machines are busy at times.
settings.register_profile("unhurried", settings.default, deadline=None)
settings.load_profile("unhurried")
