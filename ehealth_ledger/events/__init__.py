"""Say what happened: one module a noun, each fact with a published topic that outlives its class."""
