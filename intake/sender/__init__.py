"""Who wrote it, as far as it can be proven."""
