"""Answer over HTTP from the read models: GET only, each answer with its position."""
