"""What a plan's outlook rests on: equations, observations, effects of measures."""
