"""`tagih payments reverse BOOK CONTRACT PAYMENT --on DATE --dry-run`: what a reversal changes.

Being built here.
"""
