"""The lender's and the law's choices, as dated data with a source.

A rule is one choice (see the modules here); a `Policy` holds at most one rule of each kind, and
`policy` makes one of built-in rules, by id, and of a lender's own.

>>> denda = LateCharge(daily_rate="0.005", base="unpaid_instalment", counting="due_day_free")
>>> policy("id.kol.bank.2019", denda).bucket_for(91).name
'Kurang Lancar'
"""

from tagih.policies.about import NOT_IN_FORCE, UNVERIFIED, About
from tagih.policies.arrears import Arrears, Tolerance
from tagih.policies.buckets import MEASURES, Bucket, Buckets, OneObligor, Scale
from tagih.policies.calendar import Calendar
from tagih.policies.conduct import Conduct
from tagih.policies.late_charge import Cap, LateCharge, Step
from tagih.policies.loader import (
    kind_of,
    layered,
    load_rule,
    load_rules,
    looser,
    policy,
    rule,
    rules,
    rules_for,
    with_terms,
)
from tagih.policies.offer import Authority, Discount, OfferLimits
from tagih.policies.others import Cure, Gate, Ladder, LateTerms, Limits, RoundingRule, Rung, Term
from tagih.policies.policy import Policy, Rule
from tagih.policies.provision import CollateralShares, Provision, Share
from tagih.policies.rate_cap import RateCap, Tier, cap_on, capped_for
from tagih.policies.waterfall import Cell, Group, Order, Waterfall

__all__ = [
    "MEASURES",
    "NOT_IN_FORCE",
    "UNVERIFIED",
    "About",
    "Arrears",
    "Authority",
    "Bucket",
    "Buckets",
    "Calendar",
    "Cap",
    "Cell",
    "CollateralShares",
    "Conduct",
    "Cure",
    "Discount",
    "Gate",
    "Group",
    "Ladder",
    "LateCharge",
    "LateTerms",
    "Limits",
    "OfferLimits",
    "OneObligor",
    "Order",
    "Policy",
    "Provision",
    "RateCap",
    "RoundingRule",
    "Rule",
    "Rung",
    "Scale",
    "Share",
    "Step",
    "Term",
    "Tier",
    "Tolerance",
    "Waterfall",
    "cap_on",
    "capped_for",
    "kind_of",
    "layered",
    "load_rule",
    "load_rules",
    "looser",
    "policy",
    "rule",
    "rules",
    "rules_for",
    "with_terms",
]
