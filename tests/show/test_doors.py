"""Doors: the public questions whose answers speak, beside the questions that only compute."""

import inspect
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import planmodel as pm
from planmodel.questions.needs import growth, mix_result
from planmodel.questions.needs import mix as mixes
from planmodel.questions.stress import catalogue, discovery, maps, reverse, reverse_count

QUESTIONS = {
    pm.breaks: reverse.breaks,
    pm.breaks_count: reverse_count.breaks_count,
    pm.heat_map: maps.heat_map,
    pm.discover: discovery.discover,
    pm.severity_catalogue: catalogue.severity_catalogue,
    pm.driver_paths: growth.driver_paths,
    pm.seek: mixes.seek,
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


def test_answers_hold_no_sentences(models: dict[int, pm.Model]) -> None:
    out = models[2023].run("baseline")
    assert pm.breaks(out).equals(reverse.breaks(out))
    assert pm.breaks_count(out, draws=1000).equals(reverse_count.breaks_count(out, draws=1000))


def warned(call: Callable[[], Any], instead: str) -> Any:
    """What an old call returns; it warns once, at the line of whoever called, and names what to call instead."""
    with pytest.warns(DeprecationWarning, match=rf" is planmodel\.words\.{instead}\(") as seen:
        answer = call()
    assert [Path(each.filename).name for each in seen] == [Path(__file__).name]
    assert instead in dir(pm.words)
    return answer


def test_a_language_given_to_a_break_warns_and_gives_the_column_words(models: dict[int, pm.Model]) -> None:
    out = models[2023].run("baseline")
    old = warned(lambda: pm.breaks(out, "en"), "break_words")
    assert old["words"].tolist() == pm.words.break_words(out, pm.breaks(out), "en")
    assert old.drop(columns="words").equals(pm.breaks(out))
    old = warned(lambda: pm.breaks_count(out, lang="en", draws=1000), "count_words")
    assert old["words"].tolist() == [pm.words.count_words(pm.breaks_count(out, draws=1000), "en")]


def test_the_column_words_is_made_in_chinese_when_it_is_asked_for(models: dict[int, pm.Model]) -> None:
    """Alone or among others; also of an answer that was pickled."""
    out = models[2023].run("baseline")
    table, count = pm.breaks(out), pm.breaks_count(out, draws=1000)
    said = pm.words.break_words(out, table)
    assert warned(lambda: table["words"], "break_words").tolist() == said
    both = warned(lambda: table[["target", "words"]], "break_words")
    assert (list(both), both["words"].tolist()) == (["target", "words"], said)
    assert warned(lambda: pickle.loads(pickle.dumps(table))["words"], "break_words").tolist() == said
    assert warned(lambda: count["words"], "count_words").tolist() == [pm.words.count_words(count)]
    with pytest.raises(KeyError):
        table["word"]


def test_some_rows_of_a_break_can_be_said(models: dict[int, pm.Model]) -> None:
    out = models[2023].run("baseline")
    table = pm.breaks(out)
    holding = table[table["distance"] > 0].sort_values("distance")
    nearest = pm.words.breaks_words(holding, out.plan, "en")[1]
    assert nearest.endswith(pm.words.break_words(out, holding, "en")[0])


@pytest.fixture(scope="module")
def mix(models: dict[int, pm.Model]) -> mix_result.Mix:
    return pm.seek(models[2023].run("baseline"), "assets.district", 0.9, draws=1000)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_mix_that_is_asked_to_speak_warns_and_speaks(mix: mix_result.Mix, lang: str) -> None:
    assert warned(lambda: mix.words(lang), "mix_words") == pm.words.mix_words(mix, lang)
    assert warned(lambda: mix.used(lang), "used_measures").equals(pm.words.used_measures(mix, lang))


def test_paths_maps_regions_and_catalogues_that_are_asked_to_speak_warn_and_speak(
    models: dict[int, pm.Model],
) -> None:
    words, model = pm.words, models[2023]
    out = model.run("baseline")
    paths = pm.driver_paths(out, "assets.district")
    assert warned(lambda: paths.words("en"), "path_words") == words.path_words(paths, out, "en")
    heat = pm.heat_map(out, "assets.district", "city_credit", "margin", [5.0, 9.0], [0.0, 1.0])
    assert warned(lambda: heat.words("en"), "heat_map_words") == words.heat_map_words(heat, "en")
    found = pm.discover(out, "assets.district", draws=1000)
    assert warned(lambda: found.words("en"), "discovery_words") == words.discovery_words(found, "en")
    stories = pm.severity_catalogue(model)
    assert warned(lambda: stories.words("en"), "catalogue_words") == words.catalogue_words(stories, "en")
    story = stories.stories[0]
    title = words.catalogue_title(stories, story, "en")
    assert warned(lambda: stories.title(story, "en"), "catalogue_title") == title


def test_an_answer_that_speaks_knows_what_the_plain_one_knows(models: dict[int, pm.Model]) -> None:
    """What a table knows beside its columns comes along."""
    out = models[2023].run("baseline")
    plain, spoken = growth.driver_paths(out, "assets.district"), pm.driver_paths(out, "assets.district")
    assert isinstance(spoken, growth.DriverPaths)
    assert (spoken.distance, spoken.means, spoken.binding) == (plain.distance, plain.means, plain.binding)
