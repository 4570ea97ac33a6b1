"""What the core does without, and how one gets it."""

from __future__ import annotations

from importlib.util import find_spec


class MissingExtraError(ImportError):
    """Something was asked for that needs an extra of planmodel; the message says which, and what to type."""


def need(extra: str, *packages: str) -> None:
    """Say in one sentence what brings the packages that the next lines import.

    Parameters
    ----------
    extra : str
        An extra of planmodel, such as ``report``.
    *packages : str
        What it brings, by the names that are imported.

    Raises
    ------
    MissingExtraError
        If one of them is not installed.
    """
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        raise MissingExtraError(
            f"{', '.join(missing)} not found: this needs the extra {extra}: pip install 'planmodel[{extra}]'"
        )
