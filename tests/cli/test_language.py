"""Which language the command speaks, and that it speaks no other: help, what argparse says, errors."""

from __future__ import annotations

import argparse
import errno
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from conftest import META, write_plan

import planmodel as pm
from planmodel import cli
from planmodel.base import messages
from planmodel.cli import language, parser, plans

COMMANDS = (
    *("audit", "reach", "stress", "seek", "track", "score", "show", "diff"),
    *("report", "sweep", "new", "calibrate", "lab"),
)
# What is written in Latin letters in Chinese, too: names of commands, plans, scenarios, programs and formats.
NAMES = {
    *(
        "planmodel",
        "jiangbei",
        "assets.core",
        "baseline",
        "city_credit",
        "slowdown_",
        "reports",
        "sweep.parquet",
    ),
    *("zh", "en", "mild", "moderate", "severe", "fork", "ordinary", "root", ".yaml", ".csv", ".parquet"),
    *("JSON", "PDF", "Chromium", "Dask", "JupyterLab", *COMMANDS),
}
BAD_CALLS: dict[str, Sequence[str]] = {
    "nothing": [],
    "no such command": ["reahc"],
    "no language": ["reach", "--lang"],
    "no language, no command": ["--lang"],
    "no such option": ["reach", "--such"],
    "too many": ["reach", "a", "b"],
    "too few": ["diff", "first"],
    "none at all": ["seek", "--targets"],
    "no number": ["reach", "--seed", "1.5"],
    "no probability": ["seek", "--probability", "0,8"],
    "not above 0": ["report", "--draws", "0"],
    "a flag with a value": ["reach", "--json=1"],
    "two options": ["reach", "--se", "1"],
    "a value too many": ["new", "a", "b"],
}


def wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def english_words(text: str) -> list[str]:
    """Words in Latin letters that are neither options nor names."""
    told = re.sub(r"(?<![A-Za-z0-9_-])--?[a-z][a-z-]*(=[A-Za-z0-9_]+)?", "", text)
    return [word for word in re.findall(r"\.?[A-Za-z][A-Za-z_.]*", told) if word.rstrip(".") not in NAMES]


def said(line: Sequence[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """What a line that argparse ends prints, and its status."""
    with pytest.raises(SystemExit) as ended:
        cli.main(line)
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out + printed.err


def speaks(text: str) -> str:
    return {"用法：": "zh", "usage:": "en"}[re.split(r"(?<=[：:])", text)[0]]


@pytest.mark.parametrize(
    "environment, line, lang",
    [
        ({}, [], "zh"),
        ({}, ["--lang", "en"], "en"),
        ({"LANG": "en_US.UTF-8"}, [], "en"),
        ({"LANG": "en_US.UTF-8"}, ["--lang", "zh"], "zh"),
        ({"LANG": "en_US.UTF-8"}, ["--lang=en", "--la", "zh"], "zh"),
        ({"LANG": "C.UTF-8"}, [], "zh"),
        ({"LANG": "POSIX"}, [], "zh"),
        ({"LANG": "fr_FR.UTF-8"}, [], "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB"}, [], "en"),
        ({"LANG": "en", "LC_MESSAGES": "en_GB", "LC_ALL": "zh_TW@x"}, [], "zh"),
        ({"LC_ALL": "C", "LANG": "en"}, [], "en"),
        ({"LANGUAGE": "fr:en:zh", "LC_ALL": "zh_CN", "LANG": "zh_CN"}, [], "en"),
        ({"LANGUAGE": "", "LANG": "en_US"}, [], "en"),
    ],
    ids=str,
)
def test_the_option_goes_before_the_environment_and_that_before_the_plan(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], environment, line, lang: str
) -> None:
    """The variables in gettext's order; what names no language with a catalogue is passed over."""
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    for asked in (["--help", *line], [*line, "reach", "--help"], ["reach", *line, "--help"]):
        status, text = said(asked, capsys)
        assert (status, speaks(text)) == (0, lang)


@pytest.mark.parametrize("title, lang", [("小规划", "zh"), ("A small plan", "en")])
def test_where_nobody_says_which_it_is_the_plans_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], title: str, lang: str
) -> None:
    """In the table, and in an error that follows the reading of the plan."""
    monkeypatch.setitem(META, "title", {"zh": title, "en": "A small plan"})
    folder = str(write_plan(tmp_path / "small"))
    assert cli.main(["reach", folder]) == 0
    assert {"zh": "全部达标", "en": "all 1:"}[lang] in capsys.readouterr().out
    assert cli.main(["reach", folder, "--csv", str(tmp_path)]) == 2
    assert {"zh": "现为", "en": "found"}[lang] in capsys.readouterr().err


def test_help_knows_the_language_of_the_plan_that_ships_without_reading_it(plan: pm.Plan) -> None:
    assert language.plan_language(plan) == language.SHIPPED_LANGUAGE
    assert plan.name == language.SHIPPED_PLAN


def test_a_plan_that_cannot_be_read_is_refused_in_english(capsys: pytest.CaptureFixture[str]) -> None:
    """Its language is not known; the option still decides."""
    assert cli.main(["reach", "nosuch"]) == 2
    assert capsys.readouterr().err.startswith("plan: found 'nosuch', expected ")
    assert cli.main(["reach", "nosuch", "--lang", "zh"]) == 2
    assert capsys.readouterr().err.startswith("plan：现为'nosuch'，应为")


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_wholly_in_its_language(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Names apart; and both languages name the same options."""
    line = [command, "--help"] if command else ["--help"]
    (status, chinese), (_, english) = (said([*line, "--lang", lang], capsys) for lang in ("zh", "en"))
    assert status == 0
    assert english_words(chinese) == []
    assert not any(map(wide, english))
    options = [re.findall(r"--[a-z-]+", text[text.index("\n\n") :]) for text in (chinese, english)]
    assert options[0] == options[1]
    if not command:
        assert set(COMMANDS) <= set(re.findall(r"\w+", english))


@pytest.mark.parametrize("case", BAD_CALLS)
def test_a_bad_call_is_refused_in_its_language(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With status 2, after the usage; by the words of argparse or our own."""
    line = BAD_CALLS[case]
    given = {part for part in line if not part.startswith("-")}
    (status, chinese), (other, english) = (said(["--lang", lang, *line], capsys) for lang in ("zh", "en"))
    assert (status, other) == (2, 2)
    assert (speaks(chinese), speaks(english)) == ("zh", "en")
    assert [word for word in english_words(chinese) if word not in given] == []
    assert "无法执行：" in chinese.splitlines()[-1]
    assert not any(map(wide, english))
    assert ": error: " in english.splitlines()[-1]


def test_an_unknown_language_is_refused_with_the_nearest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the language that would be spoken without it."""
    assert cli.main(["reach", "--lang", "zhh"]) == 2
    assert "zhh" in (told := capsys.readouterr().err)
    assert told.startswith("--lang：现为")
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    for line in (["--lang=zhh"], ["reach", "--lang", "zhh", "--help"]):
        assert cli.main(line) == 2
        assert "expected one of: zh, en" in (told := capsys.readouterr().err)
        assert told.endswith("Did you mean 'zh'?\n")


def test_help_of_wide_characters_fits_its_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No line is wider than the terminal, none begins with a mark that closes, and nothing is lost."""
    monkeypatch.setenv("COLUMNS", "80")
    _, text = said(["sweep", "--help", "--lang", "zh"], capsys)
    lines = text[text.index("\n\n") :].splitlines()
    assert max(sum(1 + wide(character) for character in line) for line in lines) <= 80
    assert [line for line in lines if line.strip().startswith(tuple("，。；：、）”"))] == []
    told = messages.text("argument.dask", "zh")
    assert re.sub(r"\s", "", told) in re.sub(r"\s", "", text)
    assert "\0" not in text


@pytest.mark.parametrize("lang", messages.WHOLE)
def test_lines_lose_nothing(lang: str) -> None:
    """Broken wherever they may be, the texts of help have the same characters, spaces at a break apart."""
    texts = [
        text for key, text in messages.catalogue(lang).items() if key.startswith(("argument.", "command."))
    ]
    texts.append("“ 。a （（ b）")
    for text in texts:
        assert re.sub(r" ", "", "".join(parser._lines(text, 1))) == text.replace(" ", "")
        assert parser._lines(text, 1000) == [text]


def test_argparse_has_its_own_words_again(capsys: pytest.CaptureFixture[str]) -> None:
    """A program that uses the command as a function, and argparse for itself, is not translated."""
    assert said(["--help", "--lang", "zh"], capsys)[0] == 0
    assert argparse.ArgumentParser(prog="other").format_help().startswith("usage: other")


@pytest.mark.parametrize(
    "raised, status, zh, en",
    [
        (KeyboardInterrupt(), 130, "已中止", "stopped"),
        (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
            1,
            "系统错误28：磁盘空间不足",
            "[Errno 28] No space left on device",
        ),
        (
            PermissionError(errno.EACCES, os.strerror(errno.EACCES), "x.csv"),
            1,
            "系统错误13：没有访问权限（x.csv）",
            "[Errno 13] Permission denied: 'x.csv'",
        ),
        (OSError(errno.EDOM, "Odd"), 1, "系统错误33：Odd", "[Errno 33] Odd"),
        (OSError("in its own words"), 1, "in its own words", "in its own words"),
        (
            OSError(messages.Message("found.no_free_port", first=1, last=2)),
            1,
            "端口1至2均已占用",
            "no free port from 1 to 2",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_what_ends_a_command_is_said_in_its_language(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    raised: BaseException,
    status: int,
    zh: str,
    en: str,
) -> None:
    """In English as the system says it."""

    def end(_: argparse.Namespace) -> int:
        raise raised

    monkeypatch.setattr(plans, "audit", end)
    for lang, words in (("zh", zh), ("en", en)):
        assert cli.main(["audit", "--lang", lang]) == status
        assert capsys.readouterr().err == f"{words}\n"
    if isinstance(raised, OSError):
        assert str(raised) == en


@pytest.fixture
def with_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Add the catalogue of a further language."""
    folder = tmp_path / "messages"
    folder.mkdir()
    for path in messages.shipped("data", "messages").glob("*.csv"):
        (folder / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(messages, "shipped", lambda *_: folder)

    def add(lang: str, text: str) -> None:
        (folder / f"{lang}.csv").write_text(f"key,text\n{text}\n", encoding="utf-8")
        forget()

    def forget() -> None:
        messages.languages.cache_clear()
        messages.catalogue.cache_clear()

    yield add
    monkeypatch.undo()
    forget()


def test_of_a_language_that_is_not_whole_it_says_how_much_there_is(
    with_catalogue: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """One line on stderr; what is lacking is said in English."""
    with_catalogue("eo", "argparse.usage,uzado: ")
    assert cli.main(["audit", "--lang", "zh"]) == 0
    assert capsys.readouterr().err == ""
    total = len(messages.catalogue("en"))
    status, text = said(["--lang", "eo", "--help"], capsys)
    assert status == 0
    assert text.startswith("uzado: planmodel ")
    assert "show this help message and exit" in text
    assert text.endswith(f"eo: 1 of {total:,} texts; the rest is in English\n")


def test_make_writes_chinese_reports_whatever_the_environment() -> None:
    """An argument of one's own comes after, and the last `--lang` is the one that holds."""
    makefile = (Path(__file__).resolve().parents[2] / "Makefile").read_text(encoding="utf-8")
    (line,) = re.findall(r"/planmodel report (.*)", makefile)
    assert line.split() == ["--lang", "zh", "$(ARGS)"]
    assert language.asked_language(["report", "--lang", "zh", "--lang", "en"]) == "en"


def test_help_loads_no_library_that_computes() -> None:
    """It is there before one has looked up from the keyboard."""
    heavy = ("pandas", "numpy", "scipy", "yaml", "babel")
    code = (
        "import atexit, sys; "
        f"atexit.register(lambda: print([name for name in {heavy} if name in sys.modules])); "
        "from planmodel.cli import main; main(['reach', '--help'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
