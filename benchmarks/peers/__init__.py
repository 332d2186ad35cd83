"""Other complaint desks on the same loads: programs of their own, in environments of their own."""
