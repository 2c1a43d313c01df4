"""What one contract owes, and why: ten lines.

python examples/ten_lines.py
"""

from datetime import date
from decimal import Decimal as D

import tagih

instalments = tagih.schedules.annuity(
    principal=D(24_000_000), monthly_rate=D("0.0151"), months=24, first_due=date(2026, 1, 31), unit=D(1000)
)
contract = tagih.Contract("MF-0007", instalments)
events = [
    tagih.Payment("P-1", date(2026, 2, 3), D(1_200_000)),
    tagih.Payment("P-2", date(2026, 3, 20), D(700_000)),
]
late_charge = tagih.LateCharge(daily_rate=D("0.005"), base="unpaid_instalment", counting="due_day_free")
policy = tagih.policy("id.alloc.mf.instalment_first", late_charge)

position = tagih.replay(contract, events, policy, as_of=date(2026, 4, 15))
print("days past due", position.days_past_due)
print("principal", position.outstanding.principal)
print(position.explain(lang="id"))
