"""Judge dispenses: held first, then handed out or let go, never more than was prescribed."""
