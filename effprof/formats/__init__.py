"""Formats write a report down; each file is one plugin."""
