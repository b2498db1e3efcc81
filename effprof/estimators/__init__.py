"""Estimators work out what cannot be read here; all they say is `modelled`."""
