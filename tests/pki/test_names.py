"""Subjects: read from any name, written only when they fit."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from onboarding import errors
from onboarding.pki import certificates
from onboarding.pki.names import Subject, further
from tests.pki.authority import name

FULL = Subject(
    common_name="Push",
    organization="Acme",
    organizational_unit="IT",
    country="DE",
    email="mdm@acme.example",
)


def test_a_subject_survives_being_written() -> None:
    assert Subject.of(FULL.as_name()) == FULL


def test_what_a_subject_leaves_out_is_further() -> None:
    pairs = [(NameOID.COMMON_NAME, "Acme"), (NameOID.LOCALITY_NAME, "Lyon")]
    more = x509.NameAttribute(NameOID.COMMON_NAME, "Globex")
    given = x509.Name([*(x509.NameAttribute(*pair) for pair in pairs), more])

    assert Subject.of(given) == Subject(common_name="Acme")
    assert further(given) == ("L=Lyon", "CN=Globex")
    assert further(FULL.as_name()) == ()


def test_what_is_empty_is_not_written() -> None:
    subject = Subject(organization="Acme")

    assert subject.as_name() == name(O="Acme")
    assert subject.as_text() == "O=Acme"


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        (name(CN="Some CA", OU="G3"), "Some CA (G3)"),
        (name(CN="Some CA", OU="IT"), "Some CA"),
        (name(CN="Some CA", OU="G30"), "Some CA"),
        (name(O="Acme", C="DE"), "C=DE,O=Acme"),
        (x509.Name([]), "(no name)"),
    ],
)
def test_a_certificate_is_called_by_the_best_name_it_has(subject: x509.Name, title: str) -> None:
    assert certificates.title(subject) == title


def test_of_several_values_the_first_is_told() -> None:
    twice = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, text) for text in ("first", "second")]
    )

    assert Subject.of(twice).common_name == "first"


@pytest.mark.parametrize(
    "subject",
    [
        Subject(country="Germany"),
        Subject(common_name="x" * 65),
        Subject(email="müller@acme.example"),
        Subject(country="ÄÖ"),
    ],
)
def test_what_does_not_fit_into_a_csr_is_refused(subject: Subject) -> None:
    with pytest.raises(errors.InvalidCSR, match="does not fit into a CSR"):
        subject.as_name()
