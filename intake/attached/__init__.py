"""Files of a mail, and files in them."""
