"""Charts as files hold the Chinese glyphs, whatever fonts the machine has."""

import re
import sys
from pathlib import Path

import altair as alt
import pandas as pd
import pytest

import planmodel as pm
from planmodel.show import theme as chart_theme
from planmodel.show.charts.export import save_chart


def titled(title: str) -> alt.Chart:
    rows = pd.DataFrame({"x": [1], "y": [2]})
    return alt.Chart(rows).mark_point().encode(x="x", y="y").properties(title=title, width=80, height=60)


def test_picture_differs_by_character_where_boxes_would_all_be_the_same(tmp_path: Path) -> None:
    """Characters of one width: as boxes, any two pictures agree. Unassigned characters, which no font has, are boxes."""
    titles = {"first": "金融机构", "second": "存贷余额", "box": "\u0378" * 4, "other": "\u0379" * 4}
    drawn = {name: save_chart(titled(t), tmp_path / f"{name}.png").read_bytes() for name, t in titles.items()}
    assert drawn["box"] == drawn["other"]
    assert drawn["first"] != drawn["second"]
    assert drawn["first"].startswith(b"\x89PNG")


def test_pdf_embeds_the_font(tmp_path: Path) -> None:
    content = save_chart(titled("金融机构"), tmp_path / "chart.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert set(re.findall(rb"/BaseFont /\w+\+([\w-]+?)(?:-Identity-H)?\s", content)) == {
        b"NotoSansSC-Regular"
    }
    assert b"/FontFile" in content


def test_svg_holds_the_glyphs_it_uses(tmp_path: Path) -> None:
    few, many = (
        save_chart(titled(title), tmp_path / f"{n}.svg").read_text(encoding="utf-8")
        for n, title in enumerate(["金", "金融机构数量与人民币存贷款余额"])
    )
    assert 'font-family: "Noto Sans SC"; src: url("data:font/woff;base64,' in few
    assert "金融机构数量" in many
    assert len(many) > len(few) + 1_000


def test_another_ending_is_refused_with_those_that_work(tmp_path: Path) -> None:
    with pytest.raises(pm.InputError, match=r"\.png, \.svg, \.pdf"):
        save_chart(titled("x"), tmp_path / "chart.jpg")


def test_a_missing_font_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pylopdf_fonts_zh_cn", None)
    chart_theme.register_font.cache_clear()
    with pytest.raises(pm.InputError, match=r"Noto Sans SC is missing.*pylopdf-fonts-zh-cn"):
        save_chart(titled("金融"), tmp_path / "chart.png")
    assert not list(tmp_path.iterdir())
