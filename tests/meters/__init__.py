"""Meters against trees of files and a library laid out here."""
