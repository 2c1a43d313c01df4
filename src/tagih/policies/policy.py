"""A policy: at most one rule of each kind."""

from __future__ import annotations

from attrs import frozen

from tagih.errors import PolicyError
from tagih.policies.arrears import Arrears
from tagih.policies.buckets import Bucket, Buckets
from tagih.policies.late_charge import LateCharge
from tagih.policies.waterfall import Waterfall


@frozen
class Policy:
    """The rules that a position is worked out under; what is left out has a stated default.

    Without a waterfall payments settle the oldest instalment first, interest before principal
    (KUHPerdata 1397), late charges last. Without a late charge none runs up.
    """

    waterfall: Waterfall | None = None
    late_charge: LateCharge | None = None
    arrears: Arrears = Arrears()
    buckets: Buckets | None = None

    def bucket_for(self, days_past_due: int = 0, **measures: int) -> Bucket:
        """The bucket or class under this policy's scheme.

        Raises:
            PolicyError: If the policy has no bucket scheme.
        """
        if self.buckets is None:
            raise PolicyError(
                "policy.buckets", "the policy has no bucket scheme; add one, such as id.kol.bank.2019"
            )
        return self.buckets.bucket_for(days_past_due, **measures)
