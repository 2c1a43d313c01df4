"""`tagih late-charge`: a late charge from options alone or from a book; --compare, every convention.

Being built here.
"""
