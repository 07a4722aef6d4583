"""Decide who may do what: pure decisions, used by both sides."""
