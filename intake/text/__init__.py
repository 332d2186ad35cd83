"""Bytes and HTML to readable text."""
