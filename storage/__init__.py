"""What we remember: tables, evidence, casebook, outbox, history, leases."""
