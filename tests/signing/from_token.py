"""An identity from a token, or the sentence of its refusal."""

from datetime import datetime

import pytest

from onboarding import errors
from signing import identity
from signing.identity import SigningIdentity
from tests.signing.softhsm import PIN, url
from tests.signing.vendor import Vendor


def load(
    vendor: Vendor, now: datetime, named: str | None = None, pin: str | None = PIN
) -> SigningIdentity:
    return identity.load(named or url(), passphrase=pin, trust=vendor.trust, now=now)


def refusal(vendor: Vendor, now: datetime, named: str | None = None, pin: str | None = PIN) -> str:
    with pytest.raises(errors.InvalidIdentity) as refused:
        load(vendor, now, named, pin)
    return str(refused.value)
