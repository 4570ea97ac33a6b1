"""Where the files that ship with planmodel are: the plan, the data, the notebooks."""

import hashlib
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
_CHECKOUT = PACKAGE.parent

# In a checkout these are top-level folders; a wheel carries them inside the package.
FOLDERS = ("seeds", "data", "notebooks")


def shipped(*parts: str) -> Path:
    """Path of a shipped file or folder, e.g. ``shipped("seeds", "jiangbei", "plan.yaml")``.

    The first part is one of the shipped folders. The path need not exist: the caller knows what to say
    about a missing plan or scenario.

    Raises
    ------
    ValueError
        If the first part is not a shipped folder.
    """
    if not parts or parts[0] not in FOLDERS:
        raise ValueError(f"{parts[:1]} is not a shipped folder; these are: {', '.join(FOLDERS)}")
    inside = PACKAGE.joinpath(*parts[:1])
    root = PACKAGE if inside.is_dir() else _CHECKOUT
    return root.joinpath(*parts)


def is_file(path: Path) -> bool:
    """Whether a file is there; a name that the system cannot hold is no file."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Whether a folder is there; a name that the system cannot hold is no folder."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def file_hash(*paths: Path) -> str:
    """Return a hash of the contents of files, the same on every machine."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


def hash_file(path: Path) -> str:
    """Return the hash of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:32]
