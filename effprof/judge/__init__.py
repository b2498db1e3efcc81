"""The judgements on saved reports; nothing here measures."""
