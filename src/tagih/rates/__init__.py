"""What does this money cost?

Rates of level payments and of any flows, flat and effective and back, the annual percentage
rates that laws define, and the interest that is unearned at early settlement. Everything is
worked out in decimals: amounts and rates are `Decimal`, `int` or `Fraction`, never float, and
a rate's name says its period.

That no rate exists is an answer: `NoSolution`, or an empty tuple from the ``_all`` functions.
Several solutions are all returned there; elsewhere they are refused (`SeveralSolutions`)
until one is picked by name (`Pick`).

>>> from decimal import Decimal
>>> irr_all([-100, 230, -132])
(Decimal('0.1'), Decimal('0.2'))
>>> flat_to_effective(flat_annual_rate=Decimal("0.10"), months=12).effective_annual_rate.quantize(
...     Decimal("0.000001"))
Decimal('0.195288')
"""

from tagih.rates.apr import (
    TimeBasis,
    UnitFlow,
    UnitPeriod,
    eu_apr,
    level_payments,
    regulation_z_apr,
    unit_periods_between,
)
from tagih.rates.flows import (
    DatedFlows,
    Pick,
    irr,
    irr_all,
    mirr,
    npv,
    solve_timed,
    xirr,
    xirr_all,
    xnfv,
    xnpv,
)
from tagih.rates.numbers import NoSolution, Number, SeveralSolutions
from tagih.rates.quoted import (
    Offer,
    PaidRate,
    compounded,
    daily_cost_rate,
    effective_rate,
    effective_to_flat,
    flat_to_effective,
    instalment_rate,
    nominal_rate,
    nominal_rate_of_period,
    simple_interest,
)
from tagih.rates.rebates import (
    Settlement,
    actuarial_rebate,
    pro_rata_rebate,
    sum_of_digits_rebate,
    uk_rebate,
)
from tagih.rates.tvm import (
    When,
    cumipmt,
    cumprinc,
    fv,
    ipmt,
    nper,
    pmt,
    ppmt,
    pv,
    rate,
    rate_all,
)

__all__ = [
    "DatedFlows",
    "NoSolution",
    "Number",
    "Offer",
    "PaidRate",
    "Pick",
    "Settlement",
    "SeveralSolutions",
    "TimeBasis",
    "UnitFlow",
    "UnitPeriod",
    "When",
    "actuarial_rebate",
    "compounded",
    "cumipmt",
    "cumprinc",
    "daily_cost_rate",
    "effective_rate",
    "effective_to_flat",
    "eu_apr",
    "flat_to_effective",
    "fv",
    "instalment_rate",
    "ipmt",
    "irr",
    "irr_all",
    "level_payments",
    "mirr",
    "nominal_rate",
    "nominal_rate_of_period",
    "nper",
    "npv",
    "pmt",
    "ppmt",
    "pro_rata_rebate",
    "pv",
    "rate",
    "rate_all",
    "regulation_z_apr",
    "simple_interest",
    "solve_timed",
    "sum_of_digits_rebate",
    "uk_rebate",
    "unit_periods_between",
    "xirr",
    "xirr_all",
    "xnfv",
    "xnpv",
]
