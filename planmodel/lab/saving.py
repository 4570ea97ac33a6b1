"""A session's scenario as a file: the same YAML that a batch runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from planmodel.base.messages import WHOLE, text
from planmodel.base.problems import InputError, Problem, phrase
from planmodel.base.tables import is_name
from planmodel.lab.state import Session
from planmodel.scenario.scenario import Scenario, load_scenario, save_scenario


def save(session: Session, folder: Path, name: str, title: str = "", overwrite: bool = False) -> Path:
    """Write the scenario as `folder`/`name`.yaml and return its path.

    Raises
    ------
    InputError
        If the name is not of small letters, digits and underscores (so that the file lies in the folder), or
        the file exists and may not be replaced.
    """
    if not is_name(name):
        raise InputError([Problem("bench", "name", repr(name), phrase("expected.file_name"))])
    path = folder / f"{name}.yaml"
    if path.exists() and not overwrite:
        raise InputError(
            [Problem(str(path), "", phrase("found.file_that_exists"), phrase("expected.another_name"))]
        )
    folder.mkdir(parents=True, exist_ok=True)
    save_scenario(named(session, name, title), path)
    return path


def named(session: Session, name: str, title: str = "") -> Scenario:
    """Return the scenario under a name; an edited one says what it came from."""
    titles = dict.fromkeys(WHOLE, title.strip()) if title.strip() else session.heading
    texts = {lang: session.scenario.text(lang) for lang in WHOLE}
    if session.edited:
        notes = {lang: text("bench_edited_note", lang, title=session.loaded.heading(lang)) for lang in WHOLE}
        texts = {lang: f"{notes[lang]}{texts[lang]}" for lang in WHOLE}
    described = texts if all(texts.values()) else {}
    return replace(session.scenario, name=name, title=titles, description=described)


def is_saved(session: Session, path: Path, title: str = "") -> bool:
    """Whether a file says what would be saved there."""
    wanted = named(session, path.stem, title)
    try:
        found = load_scenario(path, session.plan)
    except InputError:
        return False
    same_words = dict(found.title) == dict(wanted.title) and dict(found.description) == dict(
        wanted.description
    )
    return same_words and found.fingerprint == wanted.fingerprint
