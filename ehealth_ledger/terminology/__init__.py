"""Hold versioned directories of codes: pure structure, no input, no output, no clock."""
