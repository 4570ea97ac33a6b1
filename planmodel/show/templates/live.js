// The sliders of a report page: the model's closed form (law.js, which stands before it) in the reader's browser.
(() => {
const page = JSON.parse(document.getElementById("live-data").textContent);
const {sliders, quantities, targets, words} = page;
const byId = name => document.getElementById("live-" + name);

// --- the normal law ---------------------------------------------------------------------------------------

const {above, quantile} = normalLaw(page);

// Mean and covariance of (U, X) of a quantity in a year; a driver's setting adds no variance.
function law(quantity, year, settings) {
  const {mean, cov, shift, spread} = quantity.laws[year];
  let [u, x] = mean, [uu, ux, xx] = cov;
  for (const [k, du, dx] of shift) { u += settings[k] * du; x += settings[k] * dx; }
  for (const [k, duu, dux, dxx] of spread) {
    const square = settings[k] ** 2;
    uu += square * duu; ux += square * dux; xx += square * dxx;
  }
  return {u, x, uu: Math.max(uu, 0), ux, xx: Math.max(xx, 0)};
}

// --- numbers and words -------------------------------------------------------------------------------------

function percent(p) {
  if (p === null) return words.none;
  if (p < 0.001) return "<0.1%";
  if (p > 0.999) return p < 1 ? ">99.9%" : "100%";
  return (100 * p).toFixed(1) + "%";
}
const minus = (text) => text.replace("-", "−");
function signed(value) {
  const text = Math.abs(value).toFixed(1);
  return text === "0.0" ? "0.0" : (value < 0 ? "−" : "+") + text;
}
function level(value) {
  const decimals = value ? Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value)))) : 0;
  const text = value.toLocaleString("en-US", {minimumFractionDigits: decimals, maximumFractionDigits: decimals});
  return minus(text.includes(".") ? text.replace(/\.?0+$/, "") : text);
}
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);

function verdict(p) {
  if (p === null) return words.no_base;
  if (p >= page.verdicts.safe) return words.safe;
  return p < page.verdicts.out_of_reach ? words.out_of_reach : words.open;
}

// --- what the settings say ---------------------------------------------------------------------------------

const last = page.years.length - 1;
const start = sliders.map(slider => slider.start);

function probability(target, settings) {
  if (target.quantity === null) return null;
  const quantity = quantities[target.quantity];
  const p = above(quantity, law(quantity, last, settings), target.level);
  return Math.min(Math.max(target.at_least ? p : 1 - p, 0), 1);
}

function bands(quantity, settings) {
  const rows = page.years.map((year, n) => {
    const m = law(quantity, n, settings);
    const row = {year, saved: quantile(quantity, law(quantity, n, start), 0.5)};
    for (const p of page.probabilities) row["q" + 100 * p] = quantile(quantity, m, p);
    return row;
  });
  if (quantity.base === null) return rows;
  const base = {year: page.base_year, saved: quantity.base};
  for (const p of page.probabilities) base["q" + 100 * p] = quantity.base;
  return [base, ...rows];
}

// The scenario that the sliders stand for, as the file that the model reads.
function scenarioFile(settings) {
  const {title, severity, paths, shocks, measures} = structuredClone(page.scenario);
  const added = [];
  sliders.forEach((slider, k) => {
    if (slider.kind === "measure") { measures[slider.name] = settings[k]; return; }
    for (const year of settings[k] ? page.years.filter(year => year > page.as_of) : []) {
      const path = paths[slider.name]?.[year];
      if (path) path[0] = 100 * ((1 + path[0] / 100) * Math.exp(settings[k] / 100) - 1);
      else added.push({variable: slider.name, year, size: settings[k], persistence: 0});
    }
  });
  const lines = ["title:"];
  for (const lang in title) lines.push(`  ${lang}: ${JSON.stringify(title[lang])}`);
  lines.push(`severity: ${severity}`);
  const drivers = Object.entries(paths);
  if (drivers.length) lines.push("drivers:");
  for (const [driver, path] of drivers) {
    const years = Object.entries(path).map(([year, [growth]]) => `${year}: ${growth}`);
    const sds = Object.entries(path).filter(([, [, sd]]) => sd).map(([year, [, sd]]) => `${year}: ${sd}`);
    if (sds.length) years.push(`sd: {${sds.join(", ")}}`);
    lines.push(`  ${driver}: {${years.join(", ")}}`);
  }
  const all = [...shocks, ...added];
  if (all.length) lines.push("shocks:");
  for (const {variable, year, size, persistence} of all)
    lines.push(`  - {variable: ${variable}, year: ${year}, size: ${size}, unit: pp, persistence: ${persistence}}`);
  const efforts = Object.entries(measures).filter(([, effort]) => effort);
  if (efforts.length) lines.push("measures:");
  for (const [measure, effort] of efforts) lines.push(`  ${measure}: ${effort}`);
  return lines.join("\n") + "\n";
}

// --- the page ----------------------------------------------------------------------------------------------

const form = byId("sliders"), inputs = sliders.map(slider => byId("slider-" + slider.name));
const indicator = byId("indicator"), cells = byId("table").tBodies[0].rows;
// Where a slider rests at its start: on its nearest step, though the scenario's own number may lie between steps.
const rest = inputs.map(input => {
  const twin = input.cloneNode();
  twin.value = input.defaultValue;
  return twin.value;
});
const settingsNow = () => inputs.map((input, k) => input.value === rest[k] ? start[k] : Number(input.value));
let board, fan;

function showSliders(settings) {
  sliders.forEach((slider, k) => {
    const input = inputs[k];
    let text = settings[k].toFixed(2);
    if (slider.kind === "driver") {
      const [growth, ...added] = slider.growth;
      const moved = added.reduce((sum, each, n) => sum + each * settings[n], growth);
      text = filled(words.driver, {points: signed(settings[k]), growth: minus((100 * Math.expm1(moved)).toFixed(1))});
    }
    input.previousElementSibling.textContent = text;
    input.ariaValueText = text;
  });
  const moved = settings.some((value, k) => value !== start[k]);
  byId("moved").textContent = moved ? words.start : "";
  byId("joint").classList.toggle("stale", moved);
}

function showBoard(settings) {
  let expected = 0;
  const rows = targets.map((target, n) => {
    const p = probability(target, settings), change = p === null ? 0 : 100 * (p - target.saved);
    expected += p ?? 0;
    const text = percent(p), difference = p === null || signed(change) === "0.0" ? "" : signed(change);
    const [, first, second, third] = cells[n].cells;
    first.textContent = text;
    first.dataset.value = p ?? "";
    second.textContent = difference;
    const quantity = quantities[target.quantity];
    const median = quantity ? quantile(quantity, law(quantity, last, settings), 0.5) : null;
    third.textContent = quantity ? level(median) : words.none;
    third.dataset.value = median ?? "";
    return {name: target.label, probability: p ?? 0, saved: target.saved, beside: Math.max(p ?? 0, target.saved ?? 0),
      text: difference ? `${text}  (${difference})` : text, verdict: verdict(p)};
  });
  byId("expected").textContent = filled(words.expected, {expected: expected.toFixed(1), n: targets.length});
  return rows;
}

function showFan(settings) {
  const n = Number(indicator.value), quantity = quantities[n];
  const target = targets.find(each => each.quantity === n), rows = bands(quantity, settings);
  const end = rows[rows.length - 1];
  const said = [filled(words.fan_words, {year: end.year, median: filled(quantity.written, {level: level(end.q50)}),
    low: level(end.q10), high: level(end.q90)})];
  if (target) said.push(filled(words.target_words, {target: target.text, probability: percent(probability(target, settings))}));
  if (quantity.curved) said.push(words.curved);
  byId("fan-title").textContent = quantity.title;
  const place = byId("fan-words");
  place.textContent = said.join(words.between);
  page.probabilities.forEach(p => { place.dataset["q" + 100 * p] = end["q" + 100 * p]; });
  const kinds = new Set(quantity.points.map(point => point.key));
  for (const item of document.querySelectorAll(".legend [data-key]")) item.hidden = !kinds.has(item.dataset.key);
  const line = target ? [{value: target.threshold, text: target.line}] : [];
  const heights = [...rows.flatMap(row => [row.q10, row.q90, row.saved]), ...[...quantity.points, ...line].map(row => row.value)];
  return {data: {bands: rows, points: quantity.points, target: line},
    ends: {low: Math.min(...heights), high: Math.max(...heights)}};
}

let busy = false, again = false;
// The last state always wins: events that come while a state is being drawn ask for one more drawing.
async function draw() {
  if (busy) { again = true; return; }
  busy = true;
  do {
    again = false;
    const settings = settingsNow();
    showSliders(settings);
    board.data("board", showBoard(settings));
    const {data, ends} = showFan(settings);
    for (const name in data) fan.data(name, data[name]);
    for (const name in ends) fan.signal(name, ends[name]);
    fan.resize();
    await Promise.all([board.runAsync(), fan.runAsync()]);
    if (byId("file").parentElement.open) byId("file").textContent = scenarioFile(settings);
  } while (again);
  busy = false;
}
const soon = () => requestAnimationFrame(draw);

async function begin() {
  byId("moved").closest(".live").hidden = false;
  const options = {mode: "vega-lite", actions: false, renderer: "svg"};
  showSliders(start);
  const {data, ends} = showFan(start), {specs} = page;
  const params = specs.fan.params.map(param => ({...param, value: ends[param.name]}));
  const filledIn = {board: {...specs.board, datasets: {board: showBoard(start)}}, fan: {...specs.fan, params, datasets: data}};
  [board, fan] = await Promise.all(["board", "fan"].map(async name =>
    (await window.vegaEmbed(byId(name), filledIn[name], options)).view));
  form.addEventListener("input", soon);
  form.addEventListener("reset", () => setTimeout(soon));
  form.addEventListener("submit", event => event.preventDefault());
  indicator.addEventListener("change", soon);
  byId("file").parentElement.addEventListener("toggle", soon);
  if (settingsNow().some((value, k) => value !== start[k])) await draw();
}
document.fonts.load("12px 'Noto Sans SC'").finally(begin);
})();
