"""The five nouns: frozen, safe from their users, small in print, and the same in another process."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest

import planmodel as pm
from planmodel.questions.odds.marginal import probabilities

NOUNS = ("Plan", "Evidence", "Model", "Outlook", "Scenario")


@pytest.fixture
def nouns(plan: pm.Plan) -> dict[str, Any]:
    model = pm.build_model(plan, as_of=2023)
    out = model.run("credit_squeeze")
    return dict(zip(NOUNS, (plan, model.evidence, model, out, out.scenario), strict=True))


@pytest.mark.parametrize("name", NOUNS)
def test_nouns_pickle(nouns: dict[str, Any], name: str) -> None:
    """A noun that went through pickle has the same fingerprint and gives the same numbers."""
    noun = nouns[name]
    again = pickle.loads(pickle.dumps(noun))
    assert type(again) is type(noun)
    assert repr(again) == repr(noun)
    assert again.fingerprint == noun.fingerprint
    assert odds(again, nouns) == odds(noun, nouns)


def odds(noun: Any, nouns: dict[str, Any]) -> list[float]:
    """Return the 13 probabilities that follow from a noun."""
    if isinstance(noun, pm.Outlook):
        return list(probabilities(noun))
    if isinstance(noun, pm.Model):
        return list(probabilities(noun.run()))
    if isinstance(noun, pm.Scenario):
        return list(probabilities(nouns["Model"].run(noun)))
    if isinstance(noun, pm.Plan):
        return list(probabilities(pm.build_model(noun).run()))
    return list(probabilities(pm.build_model(nouns["Plan"], evidence=noun).run()))


@pytest.mark.parametrize("name", NOUNS)
def test_repr_is_one_short_line(nouns: dict[str, Any], name: str) -> None:
    """A noun prints as one line that begins with its name."""
    text = repr(nouns[name])
    assert text.startswith(f"{name}(")
    assert "\n" not in text
    assert len(text) < 120


@pytest.mark.parametrize("name", NOUNS)
def test_nouns_are_frozen(nouns: dict[str, Any], name: str) -> None:
    """An attribute of a noun cannot be set."""
    field = dataclasses.fields(nouns[name])[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(nouns[name], field, None)


FRAMES = {
    "Plan": ("targets", "facts", "measures"),
    "Evidence": ("coefficients", "history", "reference"),
    "Model": ("observations", "effects"),
    "Outlook": ("notes",),
}


@pytest.mark.parametrize(
    "name, frame", [(noun, frame) for noun, frames in FRAMES.items() for frame in frames]
)
def test_changing_a_returned_frame_leaves_the_noun_alone(
    nouns: dict[str, Any], name: str, frame: str
) -> None:
    """Frames are copied on the way out."""
    before = getattr(nouns[name], frame)
    changed = getattr(nouns[name], frame)
    changed.iloc[:, 0] = changed.iloc[0, 0]
    for column in changed.select_dtypes("number"):
        changed[column] = -1.0
    changed["new"] = 1
    pd.testing.assert_frame_equal(getattr(nouns[name], frame), before)


def test_changing_results_leaves_the_outlook_alone(nouns: dict[str, Any]) -> None:
    """Tables and draws of an outlook are the caller's own."""
    out = nouns["Outlook"]
    for make in (pm.reach, lambda o: o.quantiles([0.5]), lambda o: o.draw(100, seed=1)):
        before, changed = make(out), make(out)
        changed.loc[:, changed.columns[-1]] = 0.0
        pd.testing.assert_frame_equal(make(out), before)


def arrays_of(value: Any) -> list[np.ndarray]:
    """Return every array that can be reached through a noun's attributes."""
    if isinstance(value, np.ndarray):
        return [value]
    if dataclasses.is_dataclass(value):
        return [a for f in dataclasses.fields(value) for a in arrays_of(getattr(value, f.name))]
    if isinstance(value, tuple):
        return [a for item in value for a in arrays_of(item)]
    return []


@pytest.mark.parametrize(
    "as_of, scenario", [(2020, "baseline"), (2020, "head_institutions"), (2023, "credit_squeeze")]
)
def test_arrays_are_not_writeable(plan: pm.Plan, as_of: int, scenario: str) -> None:
    """No array of a model or an outlook can be changed in place."""
    model = pm.build_model(plan, as_of=as_of)
    out = model.run(scenario)
    for array in (out.mean, out.cov, *arrays_of(out), *arrays_of(model.law), *arrays_of(model.goals)):
        assert not array.flags.writeable


@pytest.mark.parametrize("n", [1, 1024, 5000, 70_000])
def test_draws_do_not_depend_on_the_number_of_workers(nouns: dict[str, Any], n: int) -> None:
    """The same seed gives the same sums for one worker and for two."""
    sampler = nouns["Outlook"].sampler()
    one, two = (sampler.reduce(n, 9, lambda chunk: chunk.sum(axis=0), workers) for workers in (1, 2))
    np.testing.assert_array_equal(one, two)


def test_the_same_seed_gives_the_same_draws(nouns: dict[str, Any]) -> None:
    """Draws repeat with their seed, differ between seeds, and a longer run begins with the shorter."""
    out = nouns["Outlook"]
    first = out.draw(3000, seed=4)
    pd.testing.assert_frame_equal(out.draw(3000, seed=4), first)
    assert not np.array_equal(out.draw(3000, seed=5), first)
    np.testing.assert_array_equal(out.draw(5000, seed=4).iloc[:2048], first.iloc[:2048])
    np.testing.assert_array_equal(np.vstack(list(out.sampler().chunks(3000, 4))), first)


def test_fingerprints_tell_inputs_apart(plan: pm.Plan) -> None:
    """Another scenario, year or coefficient gives another fingerprint."""
    rows = pm.load_evidence(plan).coefficients
    rows.loc[rows["coefficient"] == "innovation", "value"] *= 1.01
    changed = pm.with_coefficients(pm.load_evidence(plan), rows)
    outs = [
        pm.build_model(plan, 2020).run(),
        pm.build_model(plan, 2023).run(),
        pm.build_model(plan, 2023).run("credit_squeeze"),
        pm.build_model(plan, 2023, evidence=changed).run(),
    ]
    assert len({out.fingerprint for out in outs}) == len(outs)
    assert pm.build_model(plan, 2023).run().fingerprint == outs[1].fingerprint


@pytest.mark.parametrize("name", ["Model", "Outlook"])
def test_a_model_and_an_outlook_are_themselves(nouns: dict[str, Any], name: str) -> None:
    """They can be kept by in a dict: equal to no other, since their arrays would have to be compared."""
    noun = nouns[name]
    assert {noun: 1}[noun] == 1
    assert noun != dataclasses.replace(noun)


def test_ten_thousand_draws_are_made_unless_said_otherwise(nouns: dict[str, Any]) -> None:
    assert len(nouns["Outlook"].draw()) == 10_000
