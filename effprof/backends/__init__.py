"""Backends run a model here; each file is one plugin."""
