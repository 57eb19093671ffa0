"""Two workers and two signers, each on a machine of its own, with PostgreSQL, Valkey and S3."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from onboarding import keys
from onboarding.pki import pem
from onboarding.pki.names import Subject
from pushportal.sandbox.authority import Authority
from tests import steps
from tests.run.machines import Site
from tests.visitor import Visitor

pytestmark = [pytest.mark.needs("postgresql", "s3"), pytest.mark.timeout(180)]

WORKERS, SIGNERS = ("worker-1", "worker-2"), ("signer-1", "signer-2")
CUSTOMERS = {"Ada": "Acme", "Eve": "Globex"}
# Each signer takes one at a time and then rests, so that the other finds something to sign.
ONE_BY_ONE = {"SIGNING_BATCH": "1", "SIGNING_RATE": "2", "SIGNING_DAILY_CAP": "1000"}
MOST_KEYS = 12
PASSPHRASE = "tired of 4 horses"


@dataclass(slots=True)
class Story:
    """What became of each CSR: by its address, the file for Apple and the certificate's page."""

    site: Site
    people: dict[str, Visitor]
    owners: dict[str, str] = field(default_factory=dict)
    own_keys: dict[str, rsa.RSAPrivateKey] = field(default_factory=dict)
    signed_requests: dict[str, bytes] = field(default_factory=dict)
    certificates: dict[str, str] = field(default_factory=dict)

    def ask(self) -> None:
        """Keys that the portal makes, until each worker has made one; and two CSRs of their own."""
        for name in CUSTOMERS:
            steps.note_apple_account(self.people[name], _account(name))
        while not (len(self.owners) >= 4 and all(map(self._has_made_a_key, WORKERS))):
            assert len(self.owners) < MOST_KEYS, "One worker makes all the keys."
            for name in CUSTOMERS:
                steps.open_new_csr(self.people[name])
                csr = steps.send_csr_form(self.people[name], email=_account(name))
                self.owners[csr] = name
            for csr, name in self.owners.items():
                steps.wait_for(self.people[name], csr, "Waiting for approval")
        for name in CUSTOMERS:
            self._upload(name)

    def approve(self) -> None:
        """The signers begin when all is approved, so that both find something to sign."""
        signers = [self.site.machines[name] for name in SIGNERS]
        for signer in signers:
            signer.pause()
        for csr, name in self.owners.items():
            steps.approve(self.people["Sam"], csr, customer=CUSTOMERS[name])
        for signer in signers:
            signer.resume()

    def activate(self) -> None:
        """Apple takes each signed request, and what it issues is uploaded."""
        for csr, name in self.owners.items():
            content = steps.signed_request(self.people[name], csr)
            self.signed_requests[csr] = content
            issued = self.site.apple.create(content, account=_account(name), now=datetime.now(UTC))
            self.certificates[csr] = steps.activate(self.people[name], csr, issued.pem)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.site.stores.database_url) as database:
            return database.execute(query.encode()).fetchall()

    def _upload(self, name: str) -> None:
        push_key = keys.new_push_key()
        der = keys.build_csr(push_key, Subject(organization=CUSTOMERS[name], country="DE"))
        steps.open_csr_upload(self.people[name])
        content = pem.encode("CERTIFICATE REQUEST", der).encode()
        csr = steps.send_csr_file(self.people[name], content)
        self.owners[csr], self.own_keys[csr] = name, push_key

    def _has_made_a_key(self, worker: str) -> bool:
        said = self.site.machines[worker].said
        return bool(re.search(r"Task onboarding\.make_csr\[.*\] succeeded", said))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, apple: Authority) -> Iterator[Site]:
    site = Site.set_up(tmp_path_factory.mktemp("machines"), apple)
    try:
        site.machine("beat", "beat")
        for name in WORKERS:
            site.machine(name, "worker")
        for name in SIGNERS:
            site.machine(name, "signer", SIGNER_NAME=name, **ONE_BY_ONE)
        web = ("granian", "--interface", "wsgi", "--port", str(site.port))
        site.start(
            {
                "web": (*web, "pushportal.wsgi:application"),
                "beat": ("celery", "-A", "pushportal", "beat", "-l", "INFO"),
                **{name: _celery(name, "default") for name in WORKERS},
                **{name: _celery(name, "signing") for name in SIGNERS},
            }
        )
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="module")
def story(site: Site) -> Iterator[Story]:
    with ExitStack() as browsers:
        people = {
            one["name"]: browsers.enter_context(Visitor(site.url))
            for one in site.accounts
            if one["name"] in {*CUSTOMERS, "Sam"}
        }
        for one in site.accounts:
            if visitor := people.get(one["name"]):
                steps.sign_in(visitor, email=one["email"], password=one["password"])
        story = Story(site, people)
        story.ask()
        story.approve()
        story.activate()
        yield story


def _celery(name: str, queue: str) -> tuple[str, ...]:
    words = ("celery", "-A", "pushportal", "worker", "-Q", queue, "-n", f"{name}@%h")
    return (*words, "--concurrency", "1", "-l", "INFO")


def _account(name: str) -> str:
    return f"push@{CUSTOMERS[name].lower()}.example"


def test_all_customers_get_to_active_certificates(story: Story) -> None:
    found = story.rows(
        "SELECT customer.name, csr.origin, count(*) FROM onboarding_pushcertificate AS certificate"
        " JOIN onboarding_csr AS csr ON csr.id = csr_id"
        " JOIN onboarding_customer AS customer ON customer.id = certificate.customer_id"
        " WHERE certificate.state = 'active' AND csr.state = 'fulfilled' GROUP BY 1, 2"
    )

    counts = {(str(name), str(origin)): count for name, origin, count in found}
    assert set(counts) == {(n, o) for n in CUSTOMERS.values() for o in ("made_here", "uploaded")}
    assert sum(map(int, map(str, counts.values()))) == len(story.owners)
    for csr, page in story.certificates.items():
        assert "com.apple.mgmt.External." in story.people[story.owners[csr]].open(page)


def test_both_signers_sign_and_each_csr_is_signed_once(story: Story) -> None:
    signed = story.rows(
        "SELECT csr_id, facts ->> 'signer' FROM onboarding_event WHERE verb = 'record_signature'"
    )
    counted = story.rows("SELECT signer, signed FROM onboarding_signingday")

    by = [str(signer) for _, signer in signed]
    assert len(signed) == len({csr for csr, _ in signed}) == len(story.owners)
    assert set(by) == set(SIGNERS)
    assert {str(signer): count for signer, count in counted} == {n: by.count(n) for n in SIGNERS}


def test_each_request_verifies_under_the_vendors_one_certificate(story: Story) -> None:
    taken = [
        story.site.apple.check(content, now=datetime.now(UTC))
        for content in story.signed_requests.values()
    ]

    assert len(taken) == len(story.owners)
    assert len({csr.public_bytes(Encoding.DER) for csr in taken}) == len(taken)
    assert story.rows("SELECT count(*) FROM onboarding_vendorcertificate") == [(1,)]


@pytest.mark.parametrize("name", WORKERS)
def test_either_worker_opens_all_that_was_sealed(story: Story, name: str) -> None:
    """Each of them has sealed at least one of the keys, and this compares and opens every file."""
    ran = story.site.machines[name].manage("verify_store", "--json")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    made = len(story.owners) - len(story.own_keys)
    assert len(_objects(story, "sealed-keys")) == made


def test_an_export_made_by_any_worker_is_downloaded_from_web(story: Story) -> None:
    csr, name = next(iter(story.owners.items()))

    content = steps.export(story.people[name], story.certificates[csr], passphrase=PASSPHRASE)

    key = content[content.index("-----BEGIN ENCRYPTED PRIVATE KEY") :]
    assert load_pem_private_key(key.encode(), PASSPHRASE.encode())
    assert _objects(story, "exports") == []


def test_machines_keep_nothing_of_the_portals_for_themselves(story: Story) -> None:
    """But for logs, pages' static files, mails (sent as files here), and when beat last asked."""
    kept = {
        path.relative_to(story.site.folder)
        for machine in story.site.machines.values()
        for path in machine.folder.rglob("*")
        if path.is_file() and path.suffix != ".log"
    }

    assert {path.parts[:3] for path in kept if path.stem != "beat-schedule"} <= {
        ("web", "var", "static"),
        *((name, "var", "mail") for name in WORKERS),
    }


def _objects(story: Story, folder: str) -> list[Path]:
    return [one for one in (story.site.stores.s3.folder / folder).rglob("*") if one.is_file()]
