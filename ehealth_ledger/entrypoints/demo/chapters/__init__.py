"""Play what a national system does besides the main line: every other act, once, in order.

A chapter is a generator of signed commands; each rests on the ones before it, so whoever plays it
posts one after the other. The demo plays them in its region, `scripts/region` in its own.
"""
