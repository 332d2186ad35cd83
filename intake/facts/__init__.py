"""What a complaint is about (R-23)."""
