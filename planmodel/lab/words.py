"""The bench's words: tooltips that say where a number comes from, and the sentences beside the charts."""

from __future__ import annotations

from planmodel.base.frames import rows_of
from planmodel.base.messages import label, listed, listed_apart, paragraph, text, unit_name
from planmodel.lab.state import Session
from planmodel.model.model import Model
from planmodel.model.outlook import Outlook
from planmodel.plan.plan import Plan
from planmodel.questions.odds.joint import joint
from planmodel.questions.stress.reverse import breaks
from planmodel.report.page_sliders import source_words
from planmodel.scenario.scenario import scenario_folder
from planmodel.show.labels import name_of
from planmodel.show.sheets import variable_name
from planmodel.show.theme import common_characters
from planmodel.show.words.outlook import together_words
from planmodel.show.words.plausibility import plausibility_words
from planmodel.show.words.stress import breaks_words


def shape_name(shape: str, lang: str) -> str:
    """Return the name of a path's shape."""
    return label(f"bench_shape_{shape}", lang)


def notice_words(session: Session, lang: str) -> str:
    """Return what else the last edit did: a slider's end, shocks that a path replaced, entries that are history now."""
    said = []
    if session.ended:
        used, low, high = (signed(value) for value in session.ended)
        said.append(text("bench_slider_end", lang, used=used, low=low, high=high))
    if session.notice:
        entries = listed_apart(_by_variable(session, lang), lang)
        said.append(text(f"bench_{session.notice}", lang, year=session.as_of, entries=entries))
    return paragraph(said, lang)


def _by_variable(session: Session, lang: str) -> list[str]:
    """Return the noticed entries, a variable with its years each."""
    years: dict[str, list[int]] = {}
    for name, year in sorted(session.noticed, key=lambda entry: entry[1]):
        years.setdefault(name, []).append(year)
    return [
        text(
            "bench_history_entry",
            lang,
            name=variable_name(session.model, name, lang),
            years=listed(map(str, own), lang),
        )
        for name, own in years.items()
    ]


def signed(value: float) -> str:
    """Return a number with a minus that reads as one."""
    return f"{value:g}".replace("-", "−")


def driver_source(session: Session, driver: str, year: int, lang: str) -> str:
    """Return what the model expects of a driver in a year without a scenario, and what that rests on."""
    rows = session.model.evidence.coefficients
    own = rows[(rows["variable"] == driver) & (rows["coefficient"] == "drift")]
    lines = [text("bench_expects", lang, growth=session.expected_growth(driver, year), year=year)]
    lines += [source_words(row, lang) for row in rows_of(own)]
    return "\n".join(lines)


def together(outlook: Outlook, lang: str, draws: int) -> list[str]:
    """Return the odds of all targets together, with standard errors."""
    return together_words(joint(outlook, draws=draws), outlook.plan, lang)


def judgement(outlook: Outlook, lang: str) -> list[str]:
    """Return how plausible the scenario is, and what would break the most fragile target."""
    return [plausibility_words(outlook, lang), *breaks_words(breaks(outlook), outlook.plan, lang)]


def quantity_options(model: Model, area: str, lang: str) -> list[tuple[str, str]]:
    """Return the quantities of an area, by name and unit; drivers belong to none."""
    plan = model.plan
    return [
        (f"{name_of(quantity.name, plan, lang)}, {unit_name(quantity.unit, lang)}", quantity.name)
        for quantity in model.quantities
        if quantity.area == area
    ]


def all_texts(plan: Plan) -> str:
    """Return every text that the bench may show, to cut its font from: what can be said, the plan, its scenarios."""
    files = [*plan.folder.glob("*.*"), *scenario_folder(plan).glob("*.yaml")]
    own = (path.read_text(encoding="utf-8") for path in sorted(files) if path.is_file())
    return "".join([*sorted(common_characters()), *own])
