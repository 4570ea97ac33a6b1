"""The commands that ask what would break a plan, what it takes, are we on track, who was right."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

import pandas as pd

from planmodel.base.messages import label, text
from planmodel.base.problems import InputError, Problem, phrase
from planmodel.base.tables import check_file
from planmodel.cli.output import deliver, print_table, print_texts
from planmodel.cli.plans import chosen_model, chosen_outlook, chosen_plan, heading, print_targets
from planmodel.model.outlook import Outlook
from planmodel.show.labels import name_of


def stress(options: argparse.Namespace) -> int:
    """Print what would break each target; with --target, the path that breaks one; or the catalogue of stories."""
    if options.catalogue:
        return _catalogue(options)
    outlook = chosen_outlook(options)
    return _stress_one(options, outlook) if options.target else _stress_all(options, outlook)


def _catalogue(options: argparse.Namespace) -> int:
    from planmodel.questions.stress.catalogue import severity_catalogue
    from planmodel.show.words.catalogue import catalogue_title, catalogue_words

    plan, lang = chosen_plan(options), options.lang
    model = chosen_model(options, plan)
    catalogue = severity_catalogue(model)
    summary = catalogue.summary(options.at_least, seed=options.seed)
    if deliver(options, plan, catalogue.table, "", model.as_of):
        shown = summary.assign(story=[catalogue_title(catalogue, story, lang) for story in summary["story"]])
        heads = {"at_least": text("cli.at_least", lang, k=summary["k"].iloc[0])}
        print_table(shown.drop(columns=["k", "n"]), lang, heads)
        _print_lines(catalogue_words(catalogue, lang))
    return 0


def _stress_all(options: argparse.Namespace, outlook: Outlook) -> int:
    from planmodel.questions.stress.reverse import breaks
    from planmodel.questions.stress.reverse_count import breaks_count
    from planmodel.show.words.plausibility import plausibility_words
    from planmodel.show.words.stress import break_words, count_words

    lang = options.lang
    table = breaks(outlook)
    together = breaks_count(outlook, options.at_least, seed=options.seed)
    sentences, count = break_words(outlook, table, lang), count_words(together, lang)
    rows = pd.concat([table.assign(words=sentences), together.assign(words=count)], ignore_index=True)
    if _deliver(options, outlook, pd.DataFrame(rows)):
        print(plausibility_words(outlook, lang))
        for target, sentence in zip(table["target"], sentences, strict=True):
            print(text("cli.of_target", lang, name=name_of(target, outlook.plan, lang), said=sentence))
        print(count)
    return 0


def _stress_one(options: argparse.Namespace, outlook: Outlook) -> int:
    from planmodel.questions.stress.reverse import failing_path, worst_case

    if options.distance is None:
        path = failing_path(outlook, options.target)
    else:
        path = worst_case(outlook, options.target, options.distance)
    path = path[path["year"] > outlook.as_of].reset_index(drop=True)
    if _deliver(options, outlook, path):
        columns = ["quantity", "year", "unit", "central", "on_path", "central_growth", "path_growth"]
        print_targets(path[columns].rename(columns={"quantity": "target"}), outlook.plan, options.lang)
    return 0


def seek(options: argparse.Namespace) -> int:
    """Print the cheapest mix of measures that makes targets hold; --save writes it as a scenario."""
    from planmodel.questions.needs.mix import seek as cheapest_mix
    from planmodel.scenario.scenario import save_scenario
    from planmodel.show.titles import titled
    from planmodel.show.words.mix import mix_words, used_measures

    outlook = chosen_outlook(options)
    if options.save:
        check_file(options.save, "--save")
    mix = cheapest_mix(outlook, options.targets or None, options.probability, seed=options.seed)
    if options.save:
        save_scenario(titled(mix.scenario), options.save)
    if _deliver(options, outlook, pd.DataFrame(mix)):
        used = used_measures(mix, options.lang)
        if len(used):
            print_texts(used)
        else:
            print(label("mix_no_measure" if mix.feasible else "mix_no_help", options.lang))
        print_targets(mix.targets, outlook.plan, options.lang)
        _print_lines(mix_words(mix, options.lang))
    return 0


def track(options: argparse.Namespace) -> int:
    """Print how each scheme judges each target by what was observed, else its likely class: the median's."""
    from planmodel.questions.track.revision import revisions
    from planmodel.questions.track.schemes import SCHEMES
    from planmodel.questions.track.scoreboards import scoreboard
    from planmodel.show.words.track import likely_words, shown_board, track_words

    outlook = chosen_outlook(options)
    board = scoreboard(outlook, "median")
    if _deliver(options, outlook, board):
        shown = shown_board(board, options.lang)[["target", "basis", "year", "value", *SCHEMES]]
        print_targets(shown, outlook.plan, options.lang)
        _print_lines(likely_words(board, options.lang))
        _print_lines(track_words(outlook, revisions(outlook), options.lang))
    return 0


def score(options: argparse.Namespace) -> int:
    """Print how earlier outlooks fared against what was observed since."""
    from planmodel.show.words.scores import score_folder

    plan = chosen_plan(options)
    if not options.folder.is_dir():
        expected = phrase("expected.manifests_folder")
        raise InputError([Problem("score", "", str(options.folder), expected)])
    scores, shown, sentences = score_folder(options.folder, plan, lang=options.lang)
    if deliver(options, plan, scores):
        print_texts(shown)
        _print_lines(sentences)
    return 0


def _deliver(options: argparse.Namespace, outlook: Outlook, frame: pd.DataFrame) -> bool:
    """Write files where asked for; print the heading and return True where a reader is to be told."""
    scenario, as_of = outlook.scenario.name, outlook.as_of
    if not deliver(options, outlook.plan, frame, scenario, as_of, outlook):
        return False
    print(heading(outlook, options.lang))
    return True


def _print_lines(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        print(sentence)
