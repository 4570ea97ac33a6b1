"""The public interface is the one that is stored; what breaks somebody's code is told in the changelog."""

from difflib import unified_diff
from pathlib import Path

import pytest
import refresh_interface
from refresh_interface import announced, broken, columns, main, reference, signatures, stored

BEFORE = "def reach(outlook: Outlook, draws: int = 10) -> pd.DataFrame: ...\n"
TABLE = "result,column,kind,unit,dtype\nreach,target,code,,str\nreach,base,number,own,float64\n"


def test_interface_is_the_stored_one() -> None:
    """`make interface` stores it again, and refuses while something breaks that the changelog does not tell."""
    for before, now in zip(stored(), (signatures(), columns()), strict=True):
        assert list(unified_diff(before.splitlines(), now.splitlines(), lineterm="", n=0)) == []


def test_reference_of_columns_is_in_step() -> None:
    """docs/columns.md is what `make interface` writes."""
    assert refresh_interface.REFERENCE.read_text(encoding="utf-8") == reference()


@pytest.mark.parametrize(
    "after, said",
    [
        ("", "reach"),
        ("def reach(outlook: Outlook) -> pd.DataFrame: ...\n", "draws"),
        ("def reach(outlook: Outlook, n: int = 10) -> pd.DataFrame: ...\n", "draws"),
        ("def reach(draws: int, outlook: Outlook) -> pd.DataFrame: ...\n", "draws"),
        ("def reach(outlook: Outlook, draws: int = 10, *, seed: int) -> pd.DataFrame: ...\n", "seed"),
    ],
)
def test_a_name_or_parameter_that_is_gone_or_another_breaks(after: str, said: str) -> None:
    """A function, a parameter, its place, or a new parameter without a default."""
    found = broken((BEFORE, TABLE), (after, TABLE))
    assert found
    assert said in " ".join(found)


@pytest.mark.parametrize(
    "old, new",
    [
        ("reach,base,number,own,float64\n", ""),
        ("reach,base,number", "reach,start,number"),
        ("number,own,float64", "count,,int64"),
        ("code,,str\nreach,base,number,own,float64\n", "code,,str\n"),
    ],
)
def test_a_column_that_is_gone_or_another_breaks(old: str, new: str) -> None:
    """A result, a column's name, its kind, unit or dtype."""
    assert old in TABLE
    assert broken((BEFORE, TABLE), (BEFORE, TABLE.replace(old, new)))


def test_a_column_that_moved_breaks() -> None:
    """The order of columns is public."""
    header, *rows = TABLE.splitlines(keepends=True)
    assert broken((BEFORE, TABLE), (BEFORE, header + "".join(reversed(rows)))) == [
        "reach: the order of its columns"
    ]


def test_what_is_added_breaks_nothing() -> None:
    """A function, a parameter with a default, a column, a result."""
    after = BEFORE.replace("= 10)", "= 10, seed: int = 0)") + "def more() -> int: ...\n"
    more = TABLE.replace("reach,base", "reach,extra,flag,,bool\nreach,base") + "more,k,count,,int64\n"
    assert broken((BEFORE, TABLE), (after, more)) == []


def test_a_break_is_stored_only_when_the_changelog_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a fragment nothing is written; with one that says breaking or deprecated everything is."""
    for name, file in (("SIGNATURES", "s.txt"), ("COLUMNS", "c.csv"), ("REFERENCE", "r.md")):
        monkeypatch.setattr(refresh_interface, name, tmp_path / file)
    for name in ("ROOT", "FOLDER", "FRAGMENTS"):
        monkeypatch.setattr(refresh_interface, name, tmp_path)
    monkeypatch.setattr(refresh_interface, "signatures", lambda: "")
    refresh_interface.SIGNATURES.write_text(BEFORE, encoding="utf-8")
    refresh_interface.COLUMNS.write_text(columns(), encoding="utf-8")
    (tmp_path / "12.added.md").write_text("New.", encoding="utf-8")
    assert not announced()
    assert main() == 1
    assert "reach" in capsys.readouterr().out
    assert stored() == (BEFORE, columns())
    (tmp_path / "12.breaking.md").write_text("`reach` is gone.", encoding="utf-8")
    assert main() == 0
    assert stored() == ("", columns())
