"""What was measured before: kept, listed, and looked at for changes."""
