"""Cycles from what was executed: pipelines of the cores, and the flash behind them."""
