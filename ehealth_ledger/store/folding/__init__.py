"""Fold a closed period's charges into its statement: here, or in processes of this service's own.

- `lines`: the positions of a closed set, and the fold over their bodies;
- `process`: what another process does, as it is told;
- `processes`: who starts, asks and ends those.
"""
