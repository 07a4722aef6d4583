"""Make the demonstration: an authority of invented people, their signatures, their day."""
