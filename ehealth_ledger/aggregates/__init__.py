"""Hold the law: pure functions from state and command to facts; no input, no output, no clock."""
