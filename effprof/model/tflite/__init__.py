"""Child only: TFLite files, read by their published schema and never executed here."""
