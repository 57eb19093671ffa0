"""Why a CSR could not be signed, as its customer may read it, in any language.

The signer's own sentence is for staff: it may tell of the vendor's machines.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_OTHERWISE = _("The signer could not take the CSR as it is stored here.")
_BY_CODE = {
    "invalid_csr": _("The CSR does not pass the checks that the signer makes once more."),
    "key_reused": _("The key in the CSR was used before, where it must not be used again."),
    "unfit_key": _("Apple does not take the key in the CSR: it has to be RSA with 2048 bits."),
    "upload_too_large": _("The CSR holds so much that the signed request would be too large."),
}


def told(code: str) -> str | Promise:
    """`code` is that of the error with which signing failed."""
    return _BY_CODE.get(code, _OTHERWISE)
