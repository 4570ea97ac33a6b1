"""The record: what a run leaves beside its output is whole, the same each time, and enough to score it later."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import planmodel as pm
from planmodel.cli import main
from planmodel.questions.record.forecasts import Forecast
from planmodel.questions.record.manifest import (
    checksum,
    find_manifests,
    manifest,
    manifest_path,
    manifest_text,
    read_manifest,
    write_manifest,
)

PRINT_MANIFEST = """
import planmodel as pm
from planmodel.questions.record.manifest import manifest, manifest_text
out = pm.build_model(pm.load_plan(), as_of=2023).run("credit_squeeze")
print(manifest_text(manifest(out, 1000, 7, "zh")), end="")
"""


@pytest.fixture(scope="module")
def out(models: dict[int, pm.Model]) -> pm.Outlook:
    return models[2020].run()


@pytest.fixture(scope="module")
def record(out: pm.Outlook) -> dict[str, object]:
    return manifest(out, 1000, 0, "zh")


def test_same_run_gives_the_same_bytes() -> None:
    """In another process, with another hash seed, only the date would differ: and that can be set."""
    texts = []
    for hash_seed in ("0", "1"):
        surroundings = os.environ | {"SOURCE_DATE_EPOCH": "1700000000", "PYTHONHASHSEED": hash_seed}
        run = subprocess.run(
            [sys.executable, "-c", PRINT_MANIFEST], env=surroundings, capture_output=True, check=True
        )
        texts.append(run.stdout)
    assert texts[0] == texts[1]
    assert json.loads(texts[0])["date"] == "2023-11-14T22:13:20+00:00"


def test_date_is_the_only_thing_that_two_runs_differ_in(
    out: pm.Outlook, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []
    for epoch in ("0", "86400"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
        runs.append(manifest(out, 1000, 0, "zh"))
    assert {key for key in runs[0] if runs[0][key] != runs[1][key]} == {"date"}
    assert [run["date"] for run in runs] == ["1970-01-01T00:00:00+00:00", "1970-01-02T00:00:00+00:00"]


def test_date_that_is_no_number_is_refused(out: pm.Outlook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(pm.InputError, match="SOURCE_DATE_EPOCH: found 'yesterday'"):
        manifest(out, 1000, 0, "zh")


def test_another_seed_scenario_or_year_is_another_record(
    models: dict[int, pm.Model], record: dict[str, object]
) -> None:
    others = [
        manifest(models[2020].run(), 1000, 1, "zh"),
        manifest(models[2020].run("credit_squeeze"), 1000, 0, "zh"),
        manifest(models[2023].run(), 1000, 0, "zh"),
    ]
    assert len({checksum(content) for content in [record, *others]}) == 4


def test_record_says_what_it_was_made_from(models: dict[int, pm.Model]) -> None:
    content = manifest(models[2023].run(), 1000, 0, "zh")
    assert {"plan", "evidence", "observations", "scenario", "model", "outlook"} == set(
        content["fingerprints"]
    )
    assert all(content["fingerprints"].values())
    assert {"observations.csv", "equations.csv", "calibration.csv"} <= set(content["files"])
    assert {"python", "planmodel", "numpy", "pandas", "scipy"} == set(content["versions"])
    used = {(row["variable"], row["year"]) for row in content["observations"]}
    assert used == set(models[2023].run().used)
    revised = {row["variable"]: row["back_revised"] for row in content["vintages"]}
    assert revised["city_gdp"] == "yes"
    assert set(revised) == {"gdp", "city_gdp", "city_credit", "national_premium", "margin"}


def test_observation_given_later_is_on_record(out: pm.Outlook) -> None:
    content = manifest(out.given(pm.load_observations()), 1000, 0, "zh")
    assert {"variable": "margin", "year": 2023} in content["observations"]
    assert content["as_of"] == 2025


def test_figures_after_the_as_of_year_change_nothing(plan: pm.Plan, out: pm.Outlook) -> None:
    known = pm.load_observations(plan)
    known = known[known["year"] <= 2020].reset_index(drop=True)
    again = manifest(pm.build_model(plan, 2020, observations=known).run(), 1000, 0, "zh")
    assert checksum(again) == checksum(manifest(out, 1000, 0, "zh"))


def test_stored_distributions_are_those_of_the_outlook(out: pm.Outlook, record: dict[str, object]) -> None:
    """Probabilities of reaching, and quantiles, follow from the stored moments alone."""
    content = json.loads(manifest_text(record))
    stored = {(e["variable"], e["year"], e["measure"]): Forecast(e) for e in content["outlook"]}
    assert len(stored) == 5 * (len(out.quantities) + 4)
    reached = pm.reach(out).set_index("target")["probability"]
    for row in content["targets"]:
        forecast = stored[row["target"], 2025, "level"]
        below = forecast.below(np.array([forecast.log_of(row["threshold"])]))[0]
        assert 1 - below == pytest.approx(reached[row["target"]], abs=1e-9)
        assert row["probability"] == pytest.approx(reached[row["target"]], abs=1e-11)
    medians = out.quantiles([0.5]).set_index(["target", "year"])["value"]
    for (name, year, measure), forecast in stored.items():
        if measure == "level":
            assert forecast.value_of(forecast.centre[0]) == pytest.approx(medians[name, year], rel=1e-8)
            assert forecast.entry["quantiles"]["0.5"] == pytest.approx(medians[name, year], rel=1e-5)


def test_stored_growth_is_the_growth_of_draws(out: pm.Outlook, record: dict[str, object]) -> None:
    draws = out.draw(20_000, seed=1)
    for year in (2021, 2023):
        entry = next(
            e
            for e in record["outlook"]
            if (e["variable"], e["year"], e["measure"]) == ("city_gdp", year, "growth")
        )
        before = 25158.1 if year == 2021 else draws["city_gdp", "", year - 1]
        growth = np.log(draws["city_gdp", "", year] / before)
        assert entry["mean"][0] == pytest.approx(growth.mean(), abs=5 * growth.std() / 20_000**0.5)
        assert entry["sd"][0] == pytest.approx(growth.std(), rel=0.03)


def test_changed_record_is_refused(record: dict[str, object], tmp_path: Path) -> None:
    """Whatever is changed, the reader is told which file it is and what to do."""
    path = tmp_path / "old.manifest.json"
    write_manifest(record, path)
    assert read_manifest(path) == json.loads(manifest_text(record))
    text = path.read_text(encoding="utf-8")
    for changed, words in [
        (text.replace('"as_of": 2020', '"as_of": 2019'), "checksum: found a manifest that was changed"),
        (text[: len(text) // 2], "line .*, expected a manifest as planmodel wrote it"),
        (text.replace('"format": 2', '"format": 9'), "format: found 9, expected 1 or 2 .*newer planmodel"),
        (text.replace('"format": 2', '"format": "2"'), "format: found '2', expected 1 or 2[.]"),
        ("[1, 2]", "format: found None"),
    ]:
        path.write_text(changed, encoding="utf-8")
        with pytest.raises(pm.InputError, match=words) as caught:
            find_manifests(tmp_path)
        assert str(path) in str(caught.value)
    redated = {**record, "date": "2030-01-01T00:00:00+00:00"}
    write_manifest(redated, path)
    assert find_manifests(tmp_path)["old.manifest.json"]["date"].startswith("2030")


def test_record_of_the_first_format_is_read(record: dict[str, object], tmp_path: Path) -> None:
    """It called its format by name; nothing else of it is different."""
    assert record["format"] == 2
    first = {**record, "format": "planmodel manifest 1"}
    path = tmp_path / "old.manifest.json"
    write_manifest({**first, "checksum": checksum(first)}, path)
    assert read_manifest(path)["targets"] == record["targets"]


def test_folder_without_records_is_named(tmp_path: Path) -> None:
    for folder, words in [(tmp_path, "no manifest"), (tmp_path / "nowhere", "no folder")]:
        with pytest.raises(pm.InputError, match=words):
            find_manifests(folder)


def test_table_of_the_command_has_its_record_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "reach.csv"
    assert main(["reach", "--as-of", "2020", "--csv", str(table), "--json"]) == 0
    capsys.readouterr()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["reach.csv", "reach.manifest.json"]
    content = read_manifest(manifest_path(table))
    written = pd.read_csv(table).set_index("target")["probability"]
    for row in content["targets"]:
        assert row["probability"] == pytest.approx(written[row["target"]], abs=1e-9)
