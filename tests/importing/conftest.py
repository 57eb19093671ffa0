"""Sam as he is in life, with the rights of his roles; certificates from before."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from onboarding.pki.trust import Trust
from pushportal.sandbox.authority import Authority
from tests.admin.conftest import groups, sam, staff_client
from tests.conftest import der_of
from tests.signing.vendor import csr_der

__all__ = ["groups", "sam", "staff_client"]


@pytest.fixture
def old(
    apple: Authority, sandbox_trust: Trust, push_keys: list[rsa.RSAPrivateKey]
) -> Callable[..., bytes]:
    """A certificate that Apple issued before, for a key that nobody here has seen.

    Any: what the stand-in for Apple is to do differently.
    """

    def issue(key: int = 0, **wishes: Any) -> bytes:
        return der_of(apple.issue(csr_der(push_keys[key]), **wishes))

    return issue
