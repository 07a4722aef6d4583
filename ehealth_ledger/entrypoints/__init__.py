"""Let the world in: the command line, HTTP, and the one place that builds concrete things."""
