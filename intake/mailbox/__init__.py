"""The IMAP mailbox: getting in, fetching, waiting, marking."""
