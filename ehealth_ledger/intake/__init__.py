"""Take commands in: verify, judge, commit, answer; the whole order stands in accept.py."""
