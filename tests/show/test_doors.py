"""Doors: the public questions whose answers speak, beside the questions that only compute."""

import inspect

import pytest

import planmodel as pm
from planmodel.questions.needs import growth, mix
from planmodel.questions.stress import catalogue, discovery, maps, reverse, reverse_count

QUESTIONS = {
    pm.breaks: reverse.breaks,
    pm.breaks_count: reverse_count.breaks_count,
    pm.heat_map: maps.heat_map,
    pm.discover: discovery.discover,
    pm.severity_catalogue: catalogue.severity_catalogue,
    pm.driver_paths: growth.driver_paths,
    pm.seek: mix.seek,
}


@pytest.mark.parametrize("door", QUESTIONS, ids=lambda door: door.__name__)
def test_a_door_asks_what_its_question_asks(door) -> None:
    """The same parameters in the same order with the same defaults; some take a language beside them."""
    asked = dict(inspect.signature(door).parameters)
    asked.pop("lang", None)
    assert list(asked.values()) == list(inspect.signature(QUESTIONS[door]).parameters.values())


@pytest.mark.parametrize("door", QUESTIONS, ids=lambda door: door.__name__)
def test_help_tells_of_a_door_what_its_question_answers(door) -> None:
    assert inspect.getdoc(door).startswith(inspect.getdoc(QUESTIONS[door]))


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda question: question.__name__)
def test_questions_take_no_language(question) -> None:
    assert "lang" not in inspect.signature(question).parameters


def test_a_break_is_the_same_in_every_language_but_for_its_words(models: dict[int, pm.Model]) -> None:
    out = models[2023].run("baseline")
    plain, zh, en = reverse.breaks(out), pm.breaks(out), pm.breaks(out, "en")
    assert "words" not in plain
    assert plain.equals(zh.drop(columns="words"))
    assert plain.equals(en.drop(columns="words"))
    assert (zh["words"] != en["words"]).all()


def test_an_answer_that_speaks_knows_what_the_plain_one_knows(models: dict[int, pm.Model]) -> None:
    """What a table knows beside its columns comes along: the words are those of the plain answer."""
    out = models[2023].run("baseline")
    plain, spoken = growth.driver_paths(out, "assets.district"), pm.driver_paths(out, "assets.district")
    assert isinstance(spoken, growth.DriverPaths)
    assert (spoken.distance, spoken.means, spoken.binding) == (plain.distance, plain.means, plain.binding)
    assert spoken.words("en") == pm.words.path_words(plain, out, "en")
