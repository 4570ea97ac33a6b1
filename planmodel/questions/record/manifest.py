"""The record of a run: what an outlook was made from and what it said, so that it can be scored later."""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from planmodel.base.files import file_hash, shipped
from planmodel.base.formats import FIRST, NEWEST, check_format
from planmodel.base.frames import rows_of
from planmodel.base.problems import InputError, Problem, phrase
from planmodel.base.tables import Column, read_csv, read_text
from planmodel.model.outlook import Outlook
from planmodel.plan.plan import data_folder
from planmodel.questions.odds.marginal import probabilities
from planmodel.questions.record.forecasts import stored_forecasts
from planmodel.questions.record.naive import naive_forecasts

# What manifests said of their format before it was a number.
_WRITTEN_OUT = "planmodel manifest 1"

PACKAGES = ("planmodel", "numpy", "scipy", "pandas")

# Files that move numbers: a plan's own, and those that ship and are shared by all plans.
OWN_FILES = ("observations.csv", "equations.csv", "effects.csv", "vintages.csv", "past_growth.csv")
SHARED_FILES = ("calibration.csv", "own_growth.csv", "reference_class.csv")

# Digits of a stored number: beyond them lies the rounding of the machine.
DIGITS = 12

VINTAGE_COLUMNS = {
    "variable": Column("name"),
    "area": Column("name"),
    "vintage": Column(),
    "back_revised": Column(choices=("yes", "no", "unknown")),
    "note": Column(required=False),
}


def manifest(
    outlook: Outlook, draws: int, seed: int, lang: str, packages: Iterable[str] = PACKAGES
) -> dict[str, Any]:
    """Return what an outlook was made from and what it said.

    Its parts: parameters; fingerprints of plan, evidence, observations, scenario, model and outlook; hashes of
    the files in the data folder; versions; the date (UTC, or that of SOURCE_DATE_EPOCH); the observations used,
    with their vintages; the targets with their probabilities; the distribution of every quantity in every open
    year; the naive forecasts; and a checksum of all that but the date. `outlook` holds normal moments:
    of log or logit (`form`), two of them where a part or a sum has two variables.
    """
    used = _used(outlook)
    content: dict[str, Any] = {
        "format": NEWEST,
        "plan": outlook.plan.name,
        "scenario": outlook.scenario.name,
        "severity": outlook.scenario.severity,
        "as_of": outlook.as_of,
        "target_year": outlook.plan.target_year,
        "draws": draws,
        "seed": seed,
        "lang": lang,
        "fingerprints": _fingerprints(outlook),
        "files": _files(outlook),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}},
        "date": _now(),
        "observations": _observations(outlook, used),
        "vintages": _vintages(outlook, used),
        "targets": _targets(outlook),
        "outlook": stored_forecasts(outlook),
        "naive": [_rounded(row) for row in rows_of(naive_forecasts(outlook))],
    }
    return content | {"checksum": checksum(content)}


def manifest_text(content: Mapping[str, Any]) -> str:
    """Return a manifest as JSON, one line a row of its tables; the same content gives the same text."""
    parts = []
    for key, value in content.items():
        if isinstance(value, list) and value:
            rows = ",\n".join(f"  {json.dumps(row, ensure_ascii=False, allow_nan=False)}" for row in value)
            parts.append(f" {json.dumps(key)}: [\n{rows}\n ]")
        else:
            parts.append(f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False, allow_nan=False)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def manifest_path(path: Path) -> Path:
    """Return where the manifest of an output lies: beside it, as ``NAME.manifest.json``."""
    return path.with_name(f"{path.stem}.manifest.json")


def checksum(content: Mapping[str, Any]) -> str:
    """Return a hash of a manifest but for its date and the checksum itself."""
    kept = {key: value for key, value in content.items() if key not in ("date", "checksum")}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _now() -> str:
    """Return the time in UTC; SOURCE_DATE_EPOCH, if set, so that a run can be repeated byte for byte."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch and not epoch.isdecimal():
        raise InputError([Problem("SOURCE_DATE_EPOCH", "", repr(epoch), phrase("expected.epoch_seconds"))])
    moment = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)
    return moment.isoformat(timespec="seconds")


def _fingerprints(outlook: Outlook) -> dict[str, str]:
    observed = outlook.model.observations.to_csv(index=False, lineterminator="\n")
    return {
        "plan": outlook.plan.fingerprint,
        "evidence": outlook.model.evidence.fingerprint,
        "observations": hashlib.sha256(observed.encode()).hexdigest()[:16],
        "scenario": outlook.scenario.fingerprint,
        "model": outlook.model.fingerprint,
        "outlook": outlook.fingerprint,
    }


def _files(outlook: Outlook) -> dict[str, str]:
    """Return the hashes of the files that move numbers."""
    paths = [data_folder(outlook.plan) / name for name in OWN_FILES]
    paths += [shipped("data", name) for name in SHARED_FILES]
    return {path.name: file_hash(path) for path in paths if path.is_file()}


def _used(outlook: Outlook) -> pd.DataFrame:
    return outlook.sorted_figures[0]


def _observations(outlook: Outlook, used: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the observations that condition the outlook; of those given to it later, what and when."""
    columns = ["name", "year", "value", "unit", "bound", "sd", "grade", "source", "note"]
    rows = rows_of(used[columns].rename(columns={"name": "variable"}))
    listed = {(row["variable"], row["year"]) for row in rows}
    given = [{"variable": name, "year": year} for name, year in outlook.used if (name, year) not in listed]
    return [_rounded(row) for row in rows + given]


def _vintages(outlook: Outlook, used: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the vintage of each observed variable, and whether it holds later revisions."""
    path = data_folder(outlook.plan) / "vintages.csv"
    rows = read_csv(path, VINTAGE_COLUMNS, ("variable", "area")) if path.is_file() else []
    known = {(row["variable"], row["area"]): dict(row.values) for row in rows}
    seen = used[["variable", "area"]].drop_duplicates().itertuples(index=False, name=None)
    silent = {"vintage": "not declared", "back_revised": "unknown", "note": ""}
    return [known.get(pair, {"variable": pair[0], "area": pair[1]} | silent) for pair in seen]


def _targets(outlook: Outlook) -> list[dict[str, Any]]:
    goals = outlook.model.goals
    rows = zip(goals.quantities, goals.thresholds, goals.at_least, probabilities(outlook), strict=True)
    return [
        _rounded(
            {
                "target": quantity.name,
                "unit": quantity.unit,
                "threshold": float(threshold),
                "direction": "at_least" if at_least else "at_most",
                "probability": float(probability),
            }
        )
        for quantity, threshold, at_least, probability in rows
    ]


def _rounded(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row that JSON can hold: numbers to DIGITS digits, a missing one as null."""
    return {key: _plain(value) for key, value in row.items()}


def _plain(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None


def write_manifest(content: Mapping[str, Any], path: Path) -> None:
    """Write a manifest whole or not at all."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_text(manifest_text(content), encoding="utf-8", newline="\n")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest and check that it is as it was written.

    Raises
    ------
    InputError
        If it is no manifest, or one of a newer format, or if something in it was changed.
    """
    try:
        content = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        expected = phrase("expected.manifest")
        raise InputError(
            [Problem(str(path), phrase("place.json_line", n=error.lineno), error.msg, expected)]
        ) from None
    form = content.get("format") if isinstance(content, dict) else None
    check_format(FIRST if form == _WRITTEN_OUT else form, str(path), "format")
    if content.get("checksum") != checksum(content):
        expected = phrase("expected.manifest_as_written")
        raise InputError([Problem(str(path), "checksum", phrase("found.changed_manifest"), expected)])
    return dict(content)


def find_manifests(folder: Path) -> dict[str, dict[str, Any]]:
    """Return every manifest in a folder and below it, by its path there.

    Raises
    ------
    InputError
        If the folder does not exist, has no manifest, or if any of them is not as it was written.
    """
    if not folder.is_dir():
        raise InputError(
            [Problem(str(folder), "", phrase("found.no_folder"), phrase("expected.folder_of_reports"))]
        )
    found: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    for path in sorted(folder.rglob("*.manifest.json")):
        try:
            found[path.relative_to(folder).as_posix()] = read_manifest(path)
        except InputError as error:
            problems += error.problems
    if not found and not problems:
        problems.append(
            Problem(str(folder), "", phrase("found.no_manifest"), phrase("expected.manifest_files"))
        )
    if problems:
        raise InputError(problems)
    return found
