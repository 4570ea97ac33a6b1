"""What a batch makes once, before its workers are forked: the small font, and the bundle of scripts of a page."""

from __future__ import annotations

from pathlib import Path

FONT_FILE, BUNDLE_FILE = "fonts/small.otf", "vega.js"


class _Ahead:
    folder: Path | None = None


def made_ahead(name: str) -> Path | None:
    """Return a file that was made ahead; None where nothing was, and the process makes its own."""
    path = _Ahead.folder / name if _Ahead.folder else None
    return path if path and path.is_file() else None


def use_ahead(folder: Path) -> None:
    """Let this process and its forks use the files of a folder."""
    _Ahead.folder = folder
