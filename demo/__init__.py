"""The embedded mail server, sample customers, and the players of the demo. Tests use them too."""
