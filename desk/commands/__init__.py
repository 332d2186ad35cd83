"""The commands, a module a subject. `desk.cli` puts them together."""
