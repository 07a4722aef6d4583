"""Hold the refusals, one file a noun; errors/catalogue.py gives them their order."""
