"""The bench in a real browser: JupyterLab runs notebook 03, a hand moves it; then the dashboard. No network.

Pictures of what was seen go into `screenshots/`, which is not tracked.
"""

import json
import re
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers import Server, dashboard, jupyterlab, status

import planmodel as pm

NOTEBOOK = "03_scenarios.ipynb"
PICTURES = Path(__file__).resolve().parents[2] / "screenshots"
LONG = 60_000
MOVES, BURST = 40, 200
MOST_GROWTH = 20e6

RUN = """async () => {
  const app = window.jupyterapp;
  await app.restored;
  const panel = app.shell.currentWidget;
  await panel.context.ready;
  await panel.sessionContext.ready;
  await panel.sessionContext.session.kernel.info;
  await app.commands.execute("notebook:run-all-cells");
}"""
# Runs code in the notebook's kernel and returns what it prints.
KERNEL = """async code => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const asked = kernel.requestExecute({ code, store_history: false });
  let said = "";
  asked.onIOPub = ({ header, content }) => {
    if (header.msg_type === "stream") said += content.text;
    if (header.msg_type === "error") throw new Error(content.evalue);
  };
  await asked.done;
  return said;
}"""
# Milliseconds from the key to the frame after both charts have changed.
WATCH = """() => {
  const [board, fan] = document.querySelectorAll(".planmodel-chart");
  const seen = chart => chart.querySelector("svg")?.outerHTML;
  const before = [seen(board), seen(fan)];
  window.watched = new Promise(done => {
    document.addEventListener("keydown", event => {
      const look = now => {
        if (seen(board) !== before[0] && seen(fan) !== before[1]) {
          requestAnimationFrame(end => done(end - event.timeStamp));
        } else if (now - event.timeStamp > 5000) {
          done(null);
        } else {
          requestAnimationFrame(look);
        }
      };
      requestAnimationFrame(look);
    }, { once: true, capture: true });
  });
}"""
# A slider moved by keys as fast as a page can, down and up again; returns how long after the last key the
# chart still changed (ms).
RUSH = """async (handle, moves) => {
  let last = performance.now();
  const watch = new MutationObserver(() => { last = performance.now(); });
  watch.observe(document.querySelector(".planmodel-chart"), { subtree: true, childList: true, attributes: true });
  for (let n = 0; n < moves; n++) {
    const key = n < moves / 2 ? "ArrowLeft" : "ArrowRight";
    handle.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    await new Promise(done => setTimeout(done, 5));
  }
  const end = performance.now();
  await new Promise(done => setTimeout(done, 1500));
  watch.disconnect();
  return last - end;
}"""


# Sets a slider as the page would, at the pace of a hand, and notes how long the charts' rows take.
TIMED = """
import time
from planmodel.lab.controls import on_page
took, slider = [], lab.panels[0].panels[1].years[2024]
for move in range(40):
    time.sleep(0.08)
    start = time.perf_counter()
    slider.value = on_page(slider, 3 + move / 10)
    took.append(1000 * (time.perf_counter() - start))
"""


class Watched:
    """A page that may only ask this machine, and whose console must stay free of errors."""

    def __init__(self, browser: Any) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 1000})
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.context.route("**/*", self._route)
        self.page = self.context.new_page()
        self.page.set_default_timeout(LONG)
        self.watch(self.page)

    def watch(self, page: Any) -> None:
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)

    def _route(self, route: Any) -> None:
        if route.request.url.startswith(("http://127.0.0.1", "data:", "blob:")):
            route.continue_()
        else:
            self.outside.append(route.request.url)
            route.abort()

    def close(self) -> None:
        self.context.close()
        assert self.outside == []
        assert self.errors == []


def picture(page: Any, name: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


def board(page: Any) -> str:
    return str(page.locator(".planmodel-chart svg").first.text_content())


def fan(page: Any) -> str:
    return str(page.locator(".planmodel-chart svg").nth(1).inner_html())


def handle(page: Any, driver: str, year: int) -> Any:
    block = page.locator(".planmodel-driver", has_text=driver)
    return block.locator(".planmodel-year", has_text=str(year)).locator(".noUi-handle")


def changed(page: Any, before: str) -> None:
    """Wait until the board shows something else."""
    page.wait_for_function(
        "before => document.querySelector('.planmodel-chart svg').textContent !== before", arg=before
    )


def press(page: Any, words: str) -> None:
    page.locator(".planmodel-bench button", has_text=re.compile(f"^{words}$")).click()


def ask(page: Any, code: str) -> Any:
    """What the notebook's kernel answers, as JSON."""
    return json.loads(page.evaluate(KERNEL, f"import json; print(json.dumps({code}))"))


def settled(page: Any) -> None:
    """Wait until the page shows the kernel's last rows and no more come."""
    shown = "last => Number(document.querySelector('.planmodel-chart').dataset.revision) >= last"
    before, now = -1, ask(page, "lab.board.revision")
    while before != now:
        page.wait_for_function(shown, arg=now)
        page.wait_for_timeout(150)
        before, now = now, ask(page, "lab.board.revision")


@pytest.fixture(scope="module")
def server(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    assert browser
    with jupyterlab(tmp_path_factory.mktemp("lab"), NOTEBOOK) as server:
        yield server


@pytest.fixture(scope="module")
def watched(browser: Any, server: Server) -> Iterator[Watched]:
    """JupyterLab with the notebook, every cell run."""
    watched = Watched(browser)
    page = watched.page
    page.goto(server.url(f"lab/tree/{NOTEBOOK}"))
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.evaluate(RUN)
    page.locator(".planmodel-chart svg").nth(1).wait_for()
    yield watched
    watched.close()


@pytest.fixture
def page(watched: Watched) -> Any:
    return watched.page


def test_a_slider_moved_by_keys_moves_board_fan_and_words(page: Any) -> None:
    page.locator(".planmodel-bench").scroll_into_view_if_needed()
    picture(page, "lab_zh")
    before, bands = board(page), fan(page)
    joint = page.locator(".planmodel-joint").inner_text()
    handle(page, "全市人民币存贷款余额", 2024).focus()
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    changed(page, before)
    settled(page)
    assert fan(page) != bands
    assert "（调整）" in page.locator(".planmodel-title").inner_text()
    page.wait_for_function("old => document.querySelector('.planmodel-joint').innerText !== old", arg=joint)


def test_undo_pin_and_load_work_by_their_buttons(page: Any) -> None:
    before = board(page)
    handle(page, "全市地区生产总值", 2024).press("ArrowRight")
    changed(page, before)
    settled(page)
    before = board(page)
    press(page, "撤销")
    changed(page, before)
    press(page, "固定对照")
    page.locator(".planmodel-title", has_text="对照").wait_for()
    before = board(page)
    page.get_by_label("情景", exact=True).select_option("经济普遍放缓")
    page.get_by_label("严重程度", exact=True).select_option("重度")
    press(page, "载入")
    changed(page, before)
    picture(page, "lab_zh_pinned")


def test_a_number_beyond_the_slider_is_said_and_the_first_number_leads_back(page: Any) -> None:
    """99 becomes 30: the page says so; the value that was there before leads to the scenario as it was loaded."""
    block = page.locator(".planmodel-driver", has_text="全市地区生产总值")
    readout = block.locator(".planmodel-year", has_text="2024").locator(".widget-readout")
    settled(page)
    start = ask(page, "format(lab.session.growth('city_gdp', 2024), '.1f')")
    block.locator(".widget-readout", has_text=re.compile(f"^{re.escape(start)}$")).first.wait_for()
    before = board(page)
    title = page.locator(".planmodel-title")
    for typed in ("99", start):
        readout.click()
        page.keyboard.press("Control+a")
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        if typed == "99":
            page.locator(".planmodel-bench [role=status]", has_text="已取30").wait_for()
            assert "（调整）" in title.inner_text()
            picture(page, "lab_zh_end")
    page.wait_for_function(
        "old => document.querySelector('.planmodel-chart svg').textContent === old", arg=before
    )
    settled(page)
    assert "（调整）；" not in title.inner_text()


def test_the_list_shows_what_is_loaded_after_a_change_of_language(page: Any) -> None:
    chosen = r"one => one.selectedOptions[0].text.replace(/\s/g, ' ')"
    labels = {"English": ("Scenario", "Severity"), "中文": ("情景", "严重程度")}
    shown = {"English": ["General slowdown", "severe"], "中文": ["经济普遍放缓", "重度"]}
    for lang, names in labels.items():
        press(page, lang)
        lists = [page.get_by_label(name, exact=True) for name in names]
        assert [one.evaluate(chosen) for one in lists] == shown[lang]
        picture(page, f"lab_list_{'en' if lang == 'English' else 'zh'}")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_tab_is_seen_in_both_languages(page: Any, lang: str) -> None:
    before = board(page)
    if lang == "en":
        press(page, "English")
        changed(page, before)
    for place, name in enumerate(("drivers", "shocks", "measures")):
        page.locator(".planmodel-bench .lm-TabBar-tab").nth(place).click()
        picture(page, f"lab_{lang}_{name}")
    page.locator(".planmodel-bench .lm-TabBar-tab").first.click()
    if lang == "en":
        before = board(page)
        press(page, "中文")
        changed(page, before)


def test_the_kernel_and_the_page_are_quick(page: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Printed, not judged."""
    page.evaluate(KERNEL, TIMED)
    kernel = ask(page, "took")
    settled(page)
    handle(page, "全市人民币存贷款余额", 2024).focus()
    took = []
    for _ in range(MOVES):
        page.evaluate(WATCH)
        page.keyboard.press("ArrowLeft")
        took.append(page.evaluate("window.watched"))
        page.wait_for_timeout(60)
    assert None not in took
    late = sorted(took)[int(0.95 * MOVES)]
    with capsys.disabled():
        print(
            f"\nslider to new board and fan in the kernel: median {statistics.median(kernel):.1f} ms; "
            f"to pixels: median {statistics.median(took):.0f} ms, 95th percentile {late:.0f} ms"
        )


def heap(page: Any) -> float:
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"])


RESIDENT = "int(open('/proc/self/statm').read().split()[1]) * 4096"


def test_two_hundred_moves_leave_no_queue_and_no_memory(
    page: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last state is on the screen."""
    slider = handle(page, "全市地区生产总值", 2025)
    slider.evaluate(RUSH, 20)
    settled(page)
    before, kernel = heap(page), ask(page, RESIDENT)
    wait = slider.evaluate(RUSH, BURST)
    settled(page)
    shown, rows = board(page), ask(page, "[row['text'] for row in lab.board.rows['board']]")
    grown, resident = heap(page) - before, ask(page, RESIDENT) - kernel
    with capsys.disabled():
        print(
            f"\nafter {BURST} moves the last state came {wait:.0f} ms later; memory grew by "
            f"{grown / 1e6:.1f} MB in the page and {resident / 1e6:.1f} MB in the kernel"
        )
    assert all(text in shown for text in rows)
    assert max(grown, resident) < MOST_GROWTH


def test_a_saved_scenario_gives_the_boards_numbers_exactly(page: Any, server: Server) -> None:
    page.get_by_label("名称", exact=True).fill("by_hand")
    page.keyboard.press("Tab")
    press(page, "保存情景")
    page.locator(".planmodel-bench [role=status]", has_text="已保存").wait_for()
    path = server.folder / "scenarios" / "by_hand.yaml"
    outlook = pm.build_model(pm.load_plan("jiangbei"), as_of=2023).run(path)
    rows = ask(page, "[row['probability'] for row in lab.board.rows['board']]")
    assert rows == pm.reach(outlook)["probability"].tolist()


def test_the_report_is_made_and_opens(page: Any, watched: Watched, server: Server) -> None:
    press(page, "生成报告")
    link = page.locator(".planmodel-bench a", has_text="by_hand")
    link.wait_for()
    with page.context.expect_page() as opened:
        link.click()
    report = opened.value
    watched.watch(report)
    report.wait_for_selector("svg")
    assert "by_hand" in report.content()
    picture(report, "lab_report")
    report.close()
    assert (server.folder / "reports" / "by_hand.html").is_file()


def test_the_state_survives_a_reload_of_the_page(page: Any) -> None:
    before, growth = board(page), ask(page, "lab.panels[0].panels[0].years[2025].value")
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")
    page.reload()
    page.locator(".planmodel-chart svg").nth(1).wait_for()
    assert board(page) == before
    slider = page.locator(".planmodel-driver").first.locator(".planmodel-year").nth(1)
    assert f"{growth:.1f}" in slider.locator(".widget-readout").inner_text().replace("−", "-")
    handle(page, "全市地区生产总值", 2025).focus()
    page.keyboard.press("ArrowRight")
    changed(page, before)


@pytest.fixture(scope="module")
def site(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    assert browser
    with dashboard(tmp_path_factory.mktemp("dashboard"), "en") as site:
        yield site


def test_the_dashboard_is_closed_to_whoever_lacks_the_token(site: Server) -> None:
    for path in ("", "?token=wrong", "api/kernels", "voila/static/voila.js"):
        assert status(f"{site.address}/{path}") in ((403,) if "static" not in path else (200, 403, 404))


def test_who_lacks_the_token_is_told_what_is_missing(browser: Any, site: Server) -> None:
    """A page in both languages, not an empty one."""
    watched = Watched(browser)
    watched.page.goto(site.address)
    said = watched.page.locator("body").inner_text()
    assert "访问令牌缺失或有误" in said
    assert "The token is missing" in said
    picture(watched.page, "dashboard_refused")
    watched.context.close()


def test_the_dashboard_shows_the_bench_without_its_code(browser: Any, site: Server) -> None:
    watched = Watched(browser)
    page = watched.page
    page.goto(site.url(""), wait_until="commit")
    page.locator(".planmodel-chart svg").nth(1).wait_for()
    before = board(page)
    handle(page, "City GDP", 2024).focus()
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    changed(page, before)
    assert "planmodel.lab.widgets" not in page.locator("body").inner_text()
    picture(page, "dashboard_en")
    watched.close()
