"""A slice of the fuzz benchmark: whatever is done to a plan's files, only InputError comes out."""

from __future__ import annotations

import contextlib
import time

import fuzz
import pytest

SEED, CASES = 2, 150


@pytest.fixture(scope="module")
def outcomes() -> list[fuzz.Outcome]:
    return fuzz.run_cases(SEED, range(CASES))


def test_only_input_errors_come_out(outcomes: list[fuzz.Outcome]) -> None:
    """150 broken plans, scenarios and observations: no traceback, no hang."""
    failed = [outcome for outcome in outcomes if outcome.kind in ("traceback", "hang")]
    assert [(outcome.number, outcome.place, outcome.edits) for outcome in failed] == []


def test_the_cases_reach_every_depth(outcomes: list[fuzz.Outcome]) -> None:
    """Some are refused with the plan, some with its observations or scenario, and some run to the words."""
    seen = {(outcome.kind, outcome.stage) for outcome in outcomes}
    refused = {("refused", f"load_{what}") for what in ("plan", "evidence", "observations", "scenario")}
    assert seen >= {*refused, ("ran", "words")}
    edited = " ".join(edit for outcome in outcomes for edit in outcome.edits)
    for kind in ("bytes", "cell", "row", "column", "key at", "ours/", "template/"):
        assert kind in edited


def test_a_case_follows_from_its_seed_and_number(outcomes: list[fuzz.Outcome]) -> None:
    """One run alone is broken as it was among the others."""
    again = fuzz.run_cases(SEED, [17])[0]
    assert (again.kind, again.stage, again.edits) == (
        outcomes[17].kind,
        outcomes[17].stage,
        outcomes[17].edits,
    )


def stubborn() -> None:
    """Never ends by itself, and swallows every exception."""
    while True:
        with contextlib.suppress(Exception):
            time.sleep(5)


def test_the_alarm_rings() -> None:
    start = time.perf_counter()
    with pytest.raises(fuzz.Hang), fuzz.alarm(0.1):
        stubborn()
    assert time.perf_counter() - start < 2


def test_a_traceback_is_found_and_placed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The benchmark would notice: an error that is planted is a traceback of its stage."""

    def planted(*_: object, **__: object) -> None:
        raise KeyError("planted")

    monkeypatch.setattr(fuzz, "warm", lambda _: None)
    monkeypatch.setattr(fuzz, "summary", planted)
    found = [outcome for outcome in fuzz.run_cases(SEED, range(12)) if outcome.kind != "refused"]
    assert {(outcome.kind, outcome.stage) for outcome in found} == {("traceback", "words")}
    assert all(outcome.place.startswith("KeyError at ") for outcome in found)
