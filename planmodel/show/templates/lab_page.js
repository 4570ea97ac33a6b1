// A link to a finished page. The page travels with the widget, so that it opens wherever the kernel runs and
// whatever the server serves.

function render({ model, el }) {
  let address = null;
  function show() {
    if (address) URL.revokeObjectURL(address);
    address = null;
    el.replaceChildren();
    const page = model.get("page");
    if (!page?.byteLength) return;
    address = URL.createObjectURL(new Blob([page], { type: "text/html" }));
    const link = document.createElement("a");
    Object.assign(link, { href: address, target: "_blank", rel: "noopener", textContent: model.get("words") });
    el.append(link);
  }
  model.on("change:page", show);
  model.on("change:words", show);
  show();
  return () => {
    model.off("change:page", show);
    model.off("change:words", show);
    if (address) URL.revokeObjectURL(address);
  };
}

export default { render };
