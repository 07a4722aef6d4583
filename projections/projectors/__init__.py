"""Fold facts into read models: pure folds, who feeds them, rebuild, compare and replay."""
