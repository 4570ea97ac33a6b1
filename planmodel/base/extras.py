"""What the core does without, and how one gets it."""

from __future__ import annotations

from importlib.util import find_spec

from planmodel.base.messages import Message, text


class MissingExtraError(ImportError):
    """Something was asked for that needs an extra of planmodel; the message says which, and what to type."""

    def text(self, lang: str) -> str:
        """Return the message in a language."""
        return text(self.args[0], lang)


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
        raise MissingExtraError(Message("missing_extra.needed", packages=", ".join(missing), extra=extra))
