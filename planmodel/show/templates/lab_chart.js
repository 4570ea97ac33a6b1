// A chart that is drawn once and then receives rows only.
// Latest wins: while the page draws, later rows replace each other, so that no queue can build up.

const SOON = 40; // ms without a move until quick draws are worth while
const REST = 350; // ms without a move until the hand has come to rest

async function embedder(model) {
  const id = model.get("_bundle").slice("IPY_MODEL_".length);
  const bundle = await model.widget_manager.get_model(id);
  if (!document.getElementById(`planmodel-${id}`)) {
    const style = document.createElement("style");
    Object.assign(style, { id: `planmodel-${id}`, textContent: bundle.get("style") });
    document.head.append(style);
    await document.fonts.load('12px "Noto Sans SC"', "规"); // the width of a label is measured in its font
  }
  if (!window.planmodelVega) {
    new Function(bundle.get("source"))();
    window.planmodelVega = window.vegaEmbed;
  }
  return window.planmodelVega;
}

async function render({ model, el }) {
  const embed = await embedder(model);
  let view = null;
  let drawing = false;
  let waiting = false;
  let asked = [];
  let seen = {};
  el.classList.add("planmodel-chart");
  el.setAttribute("role", "figure");

  function ask() {
    asked.forEach(clearTimeout);
    const revision = model.get("revision");
    asked = [["soon", SOON], ["rest", REST]].map(([when, delay]) =>
      setTimeout(() => model.send({ ask: when, revision }), delay),
    );
  }

  async function draw() {
    el.setAttribute("aria-label", model.get("title"));
    el.style.minHeight = `${el.offsetHeight}px`; // nothing below moves while it is drawn anew
    view?.finalize();
    const spec = structuredClone(model.get("spec"));
    spec.datasets = structuredClone(model.get("rows"));
    for (const param of spec.params ?? []) param.value = model.get("parameters")[param.name] ?? param.value;
    seen = { ...model.get("rows") };
    const result = await embed(el, spec, { actions: false, renderer: "svg" });
    view = result.view;
    view.addEventListener("click", (_, item) => {
      if (item?.datum?.target) model.send({ pick: item.datum.target });
    });
    el.style.minHeight = "";
    el.dataset.revision = model.get("revision");
    ask();
  }

  async function refill() {
    if (drawing) {
      waiting = true;
      return;
    }
    drawing = true;
    do {
      waiting = false;
      const revision = model.get("revision");
      const rows = model.get("rows");
      for (const name of Object.keys(rows)) {
        if (rows[name] === seen[name]) continue;
        const change = view.changeset().remove(() => true).insert(structuredClone(rows[name]));
        view.change(name, change);
      }
      for (const [name, value] of Object.entries(model.get("parameters"))) view.signal(name, value);
      seen = { ...rows };
      await view.runAsync();
      el.dataset.revision = revision;
    } while (waiting);
    drawing = false;
    ask();
  }

  const onRows = () => view && refill();
  model.on("change:spec", draw);
  model.on("change:rows", onRows);
  await draw();
  return () => {
    model.off("change:spec", draw);
    model.off("change:rows", onRows);
    asked.forEach(clearTimeout);
    view?.finalize();
  };
}

export default { render };
