"""A stored notebook, opened in JupyterLab and neither trusted nor run: its charts are pictures, not a word.

Pictures of what was seen go into `screenshots/`, which is not tracked.
"""

from pathlib import Path
from typing import Any

from servers import jupyterlab
from test_browser_bench import Watched, picture

NOTEBOOK = "00_start.ipynb"

# Shows the output of the first cell whose output is a chart, and says what it is.
CHART = """async () => {
  const app = window.jupyterapp;
  await app.restored;
  const panel = app.shell.currentWidget;
  await panel.context.ready;
  // Not for the chart: a kernel that is still starting when the server ends would complain.
  await panel.sessionContext.ready;
  await panel.sessionContext.session.kernel.info;
  const cells = panel.content.widgets;
  const place = cells.findIndex(cell => (cell.model.sharedModel.outputs ?? []).some(
    output => output.data && "application/vnd.vegalite.v6+json" in output.data));
  await panel.content.scrollToItem(place, "start");
  await new Promise(done => setTimeout(done, 500));
  const area = cells[place].outputArea.node;
  const image = area.querySelector("img");
  if (image) await image.decode();
  return {
    trusted: cells[place].model.trusted,
    words: area.innerText.trim(),
    width: image?.naturalWidth ?? 0,
    kind: image?.src.slice(0, 15) ?? "",
  };
}"""


def test_charts_of_an_untrusted_notebook_are_pictures(browser: Any, tmp_path: Path) -> None:
    watched = Watched(browser)
    with jupyterlab(tmp_path, NOTEBOOK) as server:
        watched.page.goto(server.url(f"lab/tree/{NOTEBOOK}"))
        watched.page.wait_for_selector(".jp-Notebook .jp-MarkdownOutput")
        found = watched.page.evaluate(CHART)
        picture(watched.page, "untrusted")
        # Before the server ends: a page would complain of a kernel that is gone.
        watched.close()
    assert found["trusted"] is False
    assert found["width"] > 400
    assert found["kind"] == "data:image/png;"
    assert "chart" not in found["words"]
