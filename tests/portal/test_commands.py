"""The lines on a certificate's page, pasted into a shell as they stand."""

import base64
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.test import Client
from django.urls import reverse

from onboarding import storage
from onboarding.custody import exporting
from onboarding.models import CSR, Customer, Export, PushCertificate, User
from onboarding.pki.trust import Trust
from onboarding.portal.commands import NOBODY, Commands
from onboarding.portal.servers import SERVERS, Server
from onboarding.portal.tags import as_openssl
from tests.custody.parts import PASSPHRASE, exported
from tests.portal import apns

pytestmark = pytest.mark.needs("openssl")

# In place of curl: writes down how it was called, and what it read.
CURL = f"""#!{sys.executable}
import json, sys
wants_input = "-T" in sys.argv or "--data-binary" in sys.argv
called = {{"arguments": sys.argv[1:], "input": sys.stdin.read() if wants_input else ""}}
open("called.json", "w").write(json.dumps(called))
"""


class Shell:
    """A folder with both exports and the download, and programs that say what they were sent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def paste(self, lines: str, *, typed: str = "") -> str:
        """What the lines print; without a terminal, what is typed is read from standard input."""
        ran = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", lines],
            cwd=self.folder,
            env={"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "HOME": str(self.folder)},
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            # No terminal of ours, from which openssl would read the passphrase.
            start_new_session=True,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()

    def called(self) -> tuple[list[str], str]:
        """The arguments of curl, and what it was sent."""
        called = json.loads(self.read("called.json"))
        return called["arguments"], called["input"]


@pytest.fixture
def commands(active: PushCertificate) -> Commands:
    return Commands.about(active)


@pytest.fixture
def shell(active: PushCertificate, commands: Commands, as_ada: Client, tmp_path: Path) -> Shell:
    """A folder with what was downloaded from the pages: the certificate, and both exports."""
    (folder := tmp_path / "shell").mkdir()
    for form, name in {
        Export.Form.PEM: commands.pem,
        Export.Form.PKCS12: commands.pkcs12,
    }.items():
        export = exported(active, form=form)
        exporting.make(export)
        export.refresh_from_db()
        (folder / name).write_bytes(storage.get(export.file))
    downloaded = as_ada.get(f"{active.get_absolute_url()}certificate.pem")
    (folder / commands.certificate).write_bytes(downloaded.content)
    (folder / "bin").mkdir()
    (folder / "bin" / "curl").write_text(CURL)
    (folder / "bin" / "curl").chmod(0o755)
    return Shell(folder)


@pytest.fixture
def apart(shell: Shell, commands: Commands) -> Shell:
    """With push.pem and push.key, as the first step writes them."""
    shell.paste(commands.from_pem(), typed=f"{PASSPHRASE}\n")
    return shell


@pytest.mark.parametrize("of", ["from_pem", "from_pkcs12"])
def test_an_export_comes_apart_into_the_leaf_and_a_pkcs1_key(
    of: str, shell: Shell, commands: Commands, active: PushCertificate
) -> None:
    umask, *lines = getattr(commands, of)().splitlines()
    # One by one: where there is no terminal, the first program reads ahead what the next needs.
    for line in lines:
        shell.paste(f"{umask}\n{line}", typed=f"{PASSPHRASE}\n")

    certificate, key = shell.read("push.pem"), shell.read("push.key")
    assert certificate.count("BEGIN CERTIFICATE") == 1
    assert certificate.startswith("-----BEGIN CERTIFICATE-----")
    assert key.startswith("-----BEGIN RSA PRIVATE KEY-----")
    load_pem_private_key(key.encode(), None)
    assert (shell.folder / "push.key").stat().st_mode & 0o077 == 0
    assert shell.paste(commands.read()).count(active.topic) == 1


def test_the_downloaded_certificate_is_push_pem(
    shell: Shell, commands: Commands, active: PushCertificate
) -> None:
    shell.paste(commands.from_download())

    said = shell.paste(commands.read())
    assert active.topic in said
    assert f"serial={active.serial}" in said
    assert f"notAfter={as_openssl(active.not_after)}\n" in said


def test_the_page_names_the_end_as_openssl_prints_it(
    active: PushCertificate, as_ada: Client, ada: User
) -> None:
    User.objects.filter(pk=ada.pk).update(time_zone="Pacific/Kiritimati")
    end = datetime(2027, 11, 7, 23, 46, 2, tzinfo=UTC)
    PushCertificate.objects.filter(pk=active.pk).update(not_after=end)

    page = as_ada.get(active.get_absolute_url()).content.decode()

    assert "<code>Nov  7 23:46:02 2027 GMT</code>, which is" in page
    assert "8 November 2027" in page


def test_two_equal_lines_say_that_key_and_certificate_belong_together(
    apart: Shell, commands: Commands
) -> None:
    certificate, key = apart.paste(commands.compare()).splitlines()

    assert certificate == key


def test_two_different_lines_say_that_they_do_not(apart: Shell, commands: Commands) -> None:
    apart.paste("openssl genrsa -traditional -out push.key 2048")

    certificate, key = apart.paste(commands.compare()).splitlines()

    assert certificate != key


def test_apple_is_asked_about_a_device_that_does_not_exist(
    apart: Shell, commands: Commands, active: PushCertificate
) -> None:
    apart.paste(commands.ask_apple())

    arguments, _ = apart.called()
    assert arguments[-1] == f"https://api.push.apple.com/3/device/{NOBODY}"
    assert f"apns-topic: {active.topic}" in arguments
    assert "apns-push-type: mdm" in arguments
    assert json.loads(arguments[arguments.index("--data") + 1]) == {"mdm": "test"}
    assert arguments[:5] == ["--http2", "--cert", "push.pem", "--key", "push.key"]


@pytest.mark.needs("curl")
def test_the_line_is_answered_by_a_push_service_that_wants_the_certificate(
    apart: Shell, commands: Commands, active: PushCertificate, sandbox_trust: Trust
) -> None:
    (apart.folder / "bin" / "curl").unlink()
    with apns.running(apart.folder, issuers=sandbox_trust.intermediates) as service:
        (apart.folder / ".curlrc").write_text(
            f'connect-to = "{apns.HOST}:443:127.0.0.1:{service.port}"\n'
            f'cacert = "{service.certificate}"\n'
        )
        said = apart.paste(commands.ask_apple())

    [(path, headers, body)] = service.asked
    assert said.splitlines() == ['{"reason":"BadDeviceToken"}', "400"]
    assert path == f"/3/device/{NOBODY}"
    assert (headers["apns-topic"], headers["apns-push-type"]) == (active.topic, "mdm")
    assert json.loads(body) == {"mdm": "test"}


@pytest.mark.parametrize(
    ("server", "path"), [("nanomdm", "/v1/pushcert"), ("nanohub", "/api/v1/nanomdm/pushcert")]
)
def test_nanomdm_is_sent_the_leaf_and_then_the_key(
    server: str, path: str, apart: Shell, commands: Commands
) -> None:
    apart.paste(getattr(commands, server)())

    arguments, sent = apart.called()
    assert arguments == ["-u", server, "-T", "-", f"https://mdm.example.com{path}"]
    assert sent == apart.read("push.pem") + apart.read("push.key")


def test_micromdm_is_sent_both_in_json(apart: Shell, commands: Commands) -> None:
    apart.paste(commands.micromdm())

    arguments, sent = apart.called()
    assert arguments[-1] == "https://mdm.example.com/v1/config/certificate"
    assert {name: base64.b64decode(text).decode() for name, text in json.loads(sent).items()} == {
        "cert": apart.read("push.pem"),
        "key": apart.read("push.key"),
    }


def test_the_key_that_lay_about_is_gone(apart: Shell, commands: Commands) -> None:
    apart.paste(commands.tidy())

    assert not (apart.folder / "push.key").exists()


def test_no_line_needs_openssl_3(commands: Commands) -> None:
    assert "-nodes" in commands.from_pkcs12()
    assert "-noenc" not in commands.from_pkcs12() + commands.from_pem()


def test_the_lines_of_an_exports_page_open_its_file(
    shell: Shell, commands: Commands, as_ada: Client
) -> None:
    ran = []
    # Asking for the second called the first off.
    Export.objects.update(state=Export.State.READY, failure="")
    for export in Export.objects.all():
        page = as_ada.get(export.get_absolute_url()).content.decode()
        name = commands.pem if export.form == Export.Form.PEM else commands.pkcs12
        for line in re.findall(r"<code>(openssl [^<]* FILE[^<]*)</code>", page):
            shell.paste(line.replace("FILE", name), typed=f"{PASSPHRASE}\n")
            ran.append(line)

    assert len(ran) == 3


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.slug)
def test_each_server_has_its_instructions(
    server: Server, as_ada: Client, active: PushCertificate
) -> None:
    page = as_ada.get(f"{active.get_absolute_url()}?server={server.slug}").content.decode()

    assert f'href="?server={server.slug}#server" aria-current="true"' in page
    assert 'class="guide"' in page


def test_without_a_choice_there_are_no_instructions(
    as_ada: Client, active: PushCertificate
) -> None:
    for query in ("", "?server=nothing"):
        page = as_ada.get(f"{active.get_absolute_url()}{query}").content.decode()
        assert 'class="guide"' not in page


def test_a_topic_of_hostile_signs_leaves_the_line_alone(active: PushCertificate) -> None:
    active.topic = "com.apple.mgmt.'; rm -rf ~ #"

    assert "com.apple.mgmt.rm-rf'" in Commands.about(active).ask_apple()


def test_fleet_is_told_the_same_on_every_page(
    as_ada: Client, active: PushCertificate, acme: Customer
) -> None:
    guide = f"{active.get_absolute_url()}?server=fleet"
    making = reverse("portal:csr_upload", args=[acme.pk])

    made_here = as_ada.get(guide).content.decode()
    CSR.objects.update(origin=CSR.Origin.UPLOADED, sealed_key="")
    pages = [made_here, as_ada.get(guide).content.decode(), as_ada.get(making).content.decode()]

    for page in pages:
        assert "FLEET_MDM_APPLE_APNS_KEY=push.key" in page
        assert "On its pages Fleet takes no such certificate" in page
        assert "offers its CSR to download" not in page
        assert "Before version 4.51 Fleet reads both files at each start" in page


def test_the_key_of_a_fleet_that_reads_it_at_each_start_is_not_to_be_deleted(
    as_ada: Client, active: PushCertificate
) -> None:
    page = as_ada.get(f"{active.get_absolute_url()}?server=fleet").content.decode()
    other = as_ada.get(f"{active.get_absolute_url()}?server=micromdm").content.decode()

    assert "Before version 4.51 Fleet needs it at each start" in page
    assert "From 4.51 on delete it once Fleet shows the certificate" in page
    assert "Once the server has it, delete it" not in page
    assert "Once the server has it, delete it" in other
