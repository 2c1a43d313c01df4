"""`tagih allocate`: what a payment would settle, under one order or every order given.

Being built here.
"""
