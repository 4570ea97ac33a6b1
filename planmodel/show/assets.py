"""What a batch makes once, before its workers are forked: the small font, and the bundle of scripts of a page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FONT_FILE, BUNDLE_FILE = "fonts/small.otf", "vega.js"

_WRITE = """
import sys
from pathlib import Path
from planmodel.show.fonts import small_font
from planmodel.report.pages import vega_bundle
Path(sys.argv[1]).write_bytes(small_font())
Path(sys.argv[2]).write_text(vega_bundle(), encoding="utf-8")
"""


class _Ahead:
    folder: Path | None = None


def made_ahead(name: str) -> Path | None:
    """Return a file that was made ahead; None where nothing was, and the process makes its own."""
    path = _Ahead.folder / name if _Ahead.folder else None
    return path if path and path.is_file() else None


class Ahead:
    """Makes what workers will need, in a folder that lasts as long as they do.

    They are made by a process of its own while this one imports: what makes the bundle starts threads, which a
    process that is to be forked must not have.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        font = folder / FONT_FILE
        font.parent.mkdir()
        files = (str(font), str(folder / BUNDLE_FILE))
        self._making = subprocess.Popen([sys.executable, "-c", _WRITE, *files])

    def finish(self) -> None:
        """Wait for the files, and let this process and its forks use them."""
        self._making.wait()
        _Ahead.folder = self.folder
