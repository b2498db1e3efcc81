"""A gate for CI: the candidate held against its baseline, and one verdict that can be believed."""
