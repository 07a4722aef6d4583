"""Write resources of invented people and places, one file a noun: for demo, benches, tests."""
