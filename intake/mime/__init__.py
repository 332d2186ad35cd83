"""The MIME tree of a mail."""
