"""Chains: the genuine one is built and verified, what Apple refuses is refused."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding import errors
from onboarding.pki import apple, certificates, chain, csr
from onboarding.pki.chain import Chain
from onboarding.pki.trust import Trust
from tests.machine import SHARED
from tests.pki import authority as made
from tests.pki.authority import NOW, Issuer, authority
from tests.pki.damaged import VECTORS

LEAF = SHARED / "samples" / "apple-wwdr-g3-leaf-with-critical-extensions.pem"
IN_2021 = datetime(2021, 8, 1, tzinfo=UTC)


@pytest.mark.needs("shared")
def test_the_genuine_chain_is_built_from_the_leaf_and_verified() -> None:
    (leaf,) = certificates.read(LEAF.read_bytes())

    built = chain.build(leaf, trust=Trust.apple())

    assert built.certificates == (leaf, apple.WWDR_G3, apple.ROOT)
    assert chain.verify(built, trust=Trust.apple(), now=IN_2021) is built


@pytest.mark.needs("shared")
def test_the_genuine_leaf_has_expired_since() -> None:
    (leaf,) = certificates.read(LEAF.read_bytes())
    built = chain.build(leaf, trust=Trust.apple())

    with pytest.raises(errors.InvalidChain, match="expired on 26 April 2022"):
        chain.verify(built, trust=Trust.apple(), now=NOW)


@pytest.mark.needs("shared")
def test_a_genuine_leaf_without_the_marker_is_warned_of_and_not_refused() -> None:
    (leaf,) = certificates.read(LEAF.read_bytes())
    built = chain.build(leaf, trust=Trust.apple())

    checks = chain.checks(built, trust=Trust.apple(), now=IN_2021)

    assert all(check.passed for check in checks)
    assert "Warning only" in checks[-1].detail


@pytest.mark.needs("shared")
def test_a_chain_with_wwdr_g1_is_refused_for_its_sha1() -> None:
    (g1,) = certificates.read((SHARED / "apple-ca" / "AppleWWDRCA.pem").read_bytes())
    leaf = made.vendor(Issuer(g1, "wwdr"))

    with pytest.raises(errors.InvalidChain, match="signed with SHA1"):
        chain.verify(Chain((leaf, g1, apple.ROOT)), trust=Trust.apple(), now=IN_2021)


def test_the_genuine_root_is_trusted_although_it_is_signed_with_sha1() -> None:
    assert certificates.signature_hash(apple.ROOT) == "sha1"
    assert Trust.apple().is_anchor(apple.ROOT)


def test_a_chain_is_written_as_openssl_writes_it() -> None:
    written = Chain(authority().chain).pem

    parts = [one.public_bytes(Encoding.PEM).decode() for one in authority().chain]
    assert written == "".join(parts)
    assert Chain.of_pem(written) == Chain(authority().chain)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_only_one_order_is_right(order: tuple[int, ...]) -> None:
    shuffled = Chain(tuple(authority().chain[place] for place in order))

    checks = chain.checks(shuffled, trust=authority().trust, now=NOW)

    assert checks[0].passed is (order == (0, 1, 2))


def test_a_chain_is_built_whatever_lies_about() -> None:
    false_root = made.root("look-alike")
    about = [
        made.wwdr(false_root, "false").certificate,
        made.vendor(authority().wwdr),
        false_root.certificate,
        authority().wwdr.certificate,
    ]

    built = chain.build(
        authority().vendor, trust=Trust((authority().root.certificate,)), extra=about
    )

    assert built.certificates == authority().chain


def test_of_an_intermediate_issued_anew_the_longer_one_is_taken() -> None:
    root = authority().root
    longer = made.issue(
        apple.WWDR_G3.subject, "wwdr", by=root, extensions=made.ca(0), end=NOW + 3 * made.YEAR
    )

    built = chain.build(authority().vendor, trust=authority().trust, extra=[longer])

    assert built.certificates[1] == longer


def test_an_unknown_issuer_is_named() -> None:
    with pytest.raises(errors.InvalidChain, match=r"\(G3\) is not among the known"):
        chain.build(authority().vendor, trust=Trust((authority().root.certificate,)))


def test_an_issuer_of_the_right_name_must_have_signed() -> None:
    false = made.wwdr(made.root("look-alike"), "false").certificate

    with pytest.raises(errors.InvalidChain, match="look-alike"):
        chain.build(authority().vendor, trust=Trust((authority().root.certificate,)), extra=[false])


def test_a_self_signed_certificate_is_no_way_to_an_anchor() -> None:
    false = made.root("look-alike").certificate

    with pytest.raises(errors.InvalidChain, match="circle"):
        chain.build(false, trust=authority().trust, extra=[false])


def _chain_with(leaf: x509.Certificate, *uppers: Issuer) -> Chain:
    return Chain((leaf, *(upper.certificate for upper in uppers), authority().root.certificate))


def _may_not_sign() -> Chain:
    shape = (
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (made.usage(issuing=False), True),
    )
    wwdr = made.wwdr(authority().root, "wwdr", shape)
    return _chain_with(made.vendor(wwdr), wwdr)


def _no_ca() -> Chain:
    """Allowed to sign certificates, and yet no CA."""
    shape = (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (made.usage(issuing=True), True),
    )
    wwdr = made.wwdr(authority().root, "wwdr", shape)
    return _chain_with(made.vendor(wwdr), wwdr)


def _too_long() -> Chain:
    """An intermediate that allows none below it, and one below it."""
    upper = authority().wwdr
    shape = made.ca(0)
    subject = made.name(CN="Another CA")
    lower = Issuer(made.issue(subject, "lower", by=upper, extensions=shape), "lower")
    return _chain_with(made.vendor(lower), lower, upper)


def _ca_as_leaf() -> Chain:
    lower = made.issue(made.name(CN="Any CA"), "l", by=authority().wwdr, extensions=made.ca(0))
    return _chain_with(lower, authority().wwdr)


def _critical(oid: str) -> Chain:
    more = (*made.VENDOR_EXTENSIONS, (made.private(oid), True))
    return _chain_with(made.vendor(authority().wwdr, extensions=more), authority().wwdr)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_may_not_sign, r"\(G3\) may not issue"),
        (_no_ca, r"\(G3\) may not issue"),
        (_too_long, r"\(G3\) may not issue"),
        (_ca_as_leaf, "holds no vendor certificate"),
        (lambda: _critical("1.2.840.1136350.1"), "unknown critical extension"),
        (lambda: Chain(()), "holds no vendor certificate"),
    ],
)
def test_what_may_not_stand_in_its_place_is_refused(make: Callable[[], Chain], says: str) -> None:
    with pytest.raises(errors.InvalidChain, match=says):
        chain.verify(make(), trust=authority().trust, now=NOW)


def test_critical_extensions_of_apple_are_tolerated() -> None:
    odd = _critical("1.2.840.113635.100.99")

    assert chain.verify(odd, trust=authority().trust, now=NOW) is odd


@pytest.mark.parametrize("whose", ["ec_p256.pem", "ed25519.pem", "rsa_1024.pem"])
def test_a_vendor_key_must_be_rsa_of_2048_bits(whose: str) -> None:
    public_key = csr.parse((VECTORS / whose).read_bytes()).public_key
    leaf = made.vendor_with(public_key, authority().wwdr)

    with pytest.raises(errors.InvalidChain, match="must be RSA with 2048 bits"):
        chain.verify(_chain_with(leaf, authority().wwdr), trust=authority().trust, now=NOW)


def test_a_chain_that_ends_at_an_unknown_root_is_refused_by_name() -> None:
    root = Issuer(
        made.issue(made.name(CN="Some Root"), "some", by=None, extensions=made.ca()), "some"
    )
    wwdr = made.wwdr(root, "wwdr")
    other = Chain((made.vendor(wwdr), wwdr.certificate, root.certificate))

    with pytest.raises(errors.InvalidChain, match="ends at Some Root, which is not the trusted"):
        chain.verify(other, trust=authority().trust, now=NOW)


@pytest.mark.parametrize("seconds", [0, 1])
def test_a_chain_is_valid_up_to_its_last_second(seconds: int) -> None:
    end = authority().vendor.not_valid_after_utc + timedelta(seconds=seconds)

    checks = chain.checks(Chain(authority().chain), trust=authority().trust, now=end)

    assert [check.name for check in checks if not check.passed] == ["chain: dates"][:seconds]


@pytest.mark.parametrize("seconds", [0, 1])
def test_a_chain_is_valid_from_its_first_second(seconds: int) -> None:
    begin = max(one.not_valid_before_utc for one in authority().chain) - timedelta(seconds=seconds)

    checks = chain.checks(Chain(authority().chain), trust=authority().trust, now=begin)

    assert [check.name for check in checks if not check.passed] == ["chain: dates"][:seconds]


def test_authorities_that_vouch_for_each_other_lead_nowhere() -> None:
    one, other = made.name(CN="One CA"), made.name(CN="Other CA")
    first = made.issued_in_name_of(other, one, "one")
    second = made.issued_in_name_of(one, other, "other")
    leaf = made.vendor(Issuer(first, "one"))

    with pytest.raises(errors.InvalidChain, match="missing from the chain"):
        chain.verify(Chain((leaf, first, second)), trust=authority().trust, now=NOW)


def test_windows_line_ends_are_named() -> None:
    text = Chain(authority().chain).pem.replace("\n", "\r\n")

    with pytest.raises(errors.InvalidChain, match="CRLF"):
        Chain.of_pem(text)
