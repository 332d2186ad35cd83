"""The words: letters (mail/<language>/<name>.md) and pages. Data, read by `mailer` and `desk`."""
