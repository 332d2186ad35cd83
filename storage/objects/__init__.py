"""Where large objects are kept: a folder, or a store that speaks S3."""
