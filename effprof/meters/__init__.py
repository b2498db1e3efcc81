"""Meters read an instrument over a window of work; each file is one plugin."""
