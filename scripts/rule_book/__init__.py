"""Write docs/rules.md: each rule of the domain with its refusals, its laws and its tests."""
