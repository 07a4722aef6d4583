"""Generate a region: invented people, a year of care on a clock of its own, posted over HTTP."""
