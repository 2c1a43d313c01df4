"""The lender's and the law's choices, as dated data with a source.

A rule is one choice (see the modules here); a `Policy` holds at most one rule of each kind.

>>> denda = LateCharge(daily_rate="0.005", base="unpaid_instalment", counting="due_day_free")
>>> Policy(late_charge=denda).late_charge.about.id
'contract'
"""

from tagih.policies.about import About
from tagih.policies.arrears import Arrears, Tolerance
from tagih.policies.buckets import Bucket, Buckets, Scale
from tagih.policies.late_charge import Cap, LateCharge, Step
from tagih.policies.policy import Policy
from tagih.policies.waterfall import Cell, Group, Order, Waterfall

__all__ = [
    "About",
    "Arrears",
    "Bucket",
    "Buckets",
    "Cap",
    "Cell",
    "Group",
    "LateCharge",
    "Order",
    "Policy",
    "Scale",
    "Step",
    "Tolerance",
    "Waterfall",
]
