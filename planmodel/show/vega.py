"""Altair, which draws every chart, or one sentence that says what brings it."""

from planmodel.base.extras import need

need("charts", "altair")

import altair as alt  # noqa: E402 (where it is missing, the line above says so)

__all__ = ["alt"]
