"""`tagih audit`: which convention gives the claimed late charge, and what it implies when none does.

Being built here.
"""
