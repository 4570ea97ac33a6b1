"""The bench: widgets over a plain state, and the dashboard that serves it."""

from planmodel.base.extras import need

need("lab", "ipywidgets", "anywidget", "altair")
