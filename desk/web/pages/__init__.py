"""The pages, a module a subject; each function takes a visit and gives an answer."""
