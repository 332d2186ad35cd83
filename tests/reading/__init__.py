"""How well mails are read, measured against foreign and own expectations (./run corpora)."""
