// Sorting, filtering, and the two views of the heat map. Everything it shows stands in the page.
(() => {
  const table = document.getElementById("heat");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const filter = document.getElementById("filter");
  const severity = document.getElementById("severity");
  const count = document.getElementById("count");

  const keep = () => {
    const text = filter.value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      const fits = row.cells[0].textContent.toLowerCase().includes(text);
      row.hidden = !fits || (severity.value !== "" && row.cells[1].textContent !== severity.value);
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = `${shown} / ${rows.length}`;
  };

  const value = (cell) => {
    const changes = cell.classList.contains("cell") && view() === "change";
    const text = changes ? cell.dataset.change : cell.dataset.value;
    return text === "" || isNaN(text) ? text : Number(text);
  };

  const sort = (head) => {
    const place = head.cellIndex;
    // Numbers are of most interest from the top, names from A.
    const first = place < 2 ? "ascending" : "descending";
    const other = first === "ascending" ? "descending" : "ascending";
    const order = head.getAttribute("aria-sort") === first ? other : first;
    for (const each of table.tHead.rows[0].cells) {
      if (each.hasAttribute("aria-sort")) each.setAttribute("aria-sort", each === head ? order : "none");
    }
    const sign = order === "ascending" ? 1 : -1;
    const compare = (a, b) => (typeof a === "string" ? a.localeCompare(b, document.documentElement.lang) : a - b);
    rows.sort((a, b) => sign * compare(value(a.cells[place]), value(b.cells[place])));
    body.append(...rows);
  };

  const view = () => document.querySelector("input[name=shown]:checked").value;

  const paint = () => {
    const changes = view() === "change";
    for (const cell of table.querySelectorAll(".cell")) {
      const size = Number(changes ? cell.dataset.change : Math.max(cell.dataset.value, 0));
      const colour = size < 0 ? "213,94,0" : "0,114,178";
      // Differences are small: half a probability is the darkest.
      const shade = changes ? Math.min(1, 2 * Math.abs(size)) : size;
      cell.textContent = changes ? cell.dataset.changeText : cell.dataset.text;
      cell.style.background = `rgba(${colour},${shade})`;
      cell.style.color = shade > 0.85 ? "#fff" : "inherit";
    }
  };

  filter.addEventListener("input", keep);
  severity.addEventListener("change", keep);
  for (const head of table.tHead.querySelectorAll("button")) {
    head.addEventListener("click", () => sort(head.parentElement));
  }
  for (const choice of document.querySelectorAll("input[name=shown]")) choice.addEventListener("change", paint);
  keep();
})();
