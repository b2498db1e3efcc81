"""The steps of a run: plan, launch, summarise, compose."""
