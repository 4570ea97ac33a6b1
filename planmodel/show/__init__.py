"""How answers look: labels, sheets, charts, words, fonts."""
