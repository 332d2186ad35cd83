"""Tokens of Microsoft 365 and Google: got, kept fresh, and explained when they are refused."""
