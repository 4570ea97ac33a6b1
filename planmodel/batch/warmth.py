"""What the fork server does once, so that its forks need not: fill the caches of libraries and of our own."""

from __future__ import annotations


def warm() -> None:
    """Make the tables and charts of a report of the plan that ships, and keep nothing of them.

    Altair reads its schema when the first chart is built, pandas and SciPy load parts when they are first used. The
    pictures are left out: what draws them starts threads, which do not survive a fork.
    """
    from planmodel.report.report import DRAWS_LOW, prepare
    from planmodel.show import sheets
    from planmodel.show.charts import targets as charts
    from planmodel.show.charts.targets import show
    from planmodel.show.labels import sheet
    from planmodel.show.words import outlook as words

    report = prepare(draws=DRAWS_LOW)
    plan, lang = report.out.plan, report.lang
    for chart in (
        charts.board(report.reach, plan, lang),
        charts.growth(report.reach, plan, lang),
        charts.fan(report.out, report.tightest[0], lang),
        charts.counts_chart(report.counts, lang),
    ):
        show(chart, lang)
    sheet(sheets.foundations(report.out, lang), lang, plan=plan).html  # noqa: B018 (it is made, not used)
    words.summary(report.out, lang, report.draws, report.seed)
