"""Say what happened.

One module a noun, each fact with a published topic that outlives its class.
"""
