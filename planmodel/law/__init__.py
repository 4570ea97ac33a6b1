"""The joint normal: what is read off it, conditioning, draws, scores. Knows no plan."""
