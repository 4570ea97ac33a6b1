"""Names of files made from names that anyone may have written."""

from __future__ import annotations

import hashlib
import re
import unicodedata

# Bytes of the legible part, and digits of the hash that keeps different names apart.
SLUG, DIGITS = 60, 8

_SAFE = re.compile(rf"[a-z0-9_]{{1,{SLUG}}}")

# Names that mean something else: to Windows, or in a folder of reports.
_TAKEN = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)), "index"}


def safe_name(name: str) -> str:
    """Return a name for files: the name itself where it is of small letters, digits and _ and not too long.

    Else its ASCII letters and digits, in small letters and at most 60, and 8 digits of its hash: ``.``, ``/``, quotes,
    line ends and other scripts never reach a path, and two names never share a file.
    """
    if _SAFE.fullmatch(name) and name not in _TAKEN:
        return name
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    slug = re.sub(r"[^a-z0-9]+", "_", plain)[:SLUG].strip("_")
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]
    return f"{slug}-{digest}" if slug else digest
