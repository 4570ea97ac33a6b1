"""How likely targets are, each and together, and how two outlooks differ."""
