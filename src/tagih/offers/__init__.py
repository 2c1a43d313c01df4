"""What can be offered from a position: each kind of offer in a module of its own.

`tagih.arrangements` is the door to all of them.
"""
