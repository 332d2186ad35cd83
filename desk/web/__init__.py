"""The web desk: plain pages, no script, nothing loaded from outside."""
