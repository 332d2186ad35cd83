"""New text, quotations, signatures and forwards."""
