"""A page as PDF, printed by the Chromium that the system has."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from planmodel.base.problems import InputError, Problem, phrase

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")

# Seconds that printing a page may take.
PRINT_LIMIT = 120


def find_browser() -> str:
    """Return the path of a browser that prints pages.

    Raises
    ------
    InputError
        If there is none.
    """
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if not found:
        raise InputError(
            [Problem("--pdf", "", phrase("found.no_browser"), phrase("expected.browser_for_pdf"))]
        )
    return found


def write_pdf(page: Path, path: Path) -> None:
    """Print a page into a file.

    Raises
    ------
    RuntimeError
        If the browser does not print it.
    """
    with tempfile.TemporaryDirectory(prefix="planmodel-pdf-") as profile:
        command = [
            *(find_browser(), "--headless", "--disable-gpu", "--no-pdf-header-footer", "--no-first-run"),
            *(f"--user-data-dir={profile}", f"--print-to-pdf={path}", page.resolve().as_uri()),
        ]
        # Its sandbox cannot be had as root; the page is our own and fetches nothing.
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=PRINT_LIMIT)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise RuntimeError(phrase("found.page_not_printed_for", reason=str(error))) from None
    if not path.is_file():
        raise RuntimeError(phrase("found.page_not_printed"))
