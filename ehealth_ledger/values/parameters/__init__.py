"""Name the dated settings of the law, one file a noun; their values are signed data."""
