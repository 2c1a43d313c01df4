"""Which convention gives the late charge that was claimed? And what does a claim imply?

Being built here: `compare_conventions`, every named convention side by side; `audit`, which of
them gives a claimed figure, and the days, rate or base that it implies when none does.
"""
