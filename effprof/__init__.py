"""effprof: what a model will cost where it will live, and how sure we are."""

__version__ = "0.1.0"
