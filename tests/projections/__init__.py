"""Break every promise of the read side: folds, follower, rebuild, compare, replay, queries."""
