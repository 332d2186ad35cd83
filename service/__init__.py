"""What happens: one function per happening, and the daemon that waits for them."""
