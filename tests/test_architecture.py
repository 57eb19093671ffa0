"""Imports point down only, and keys, states and messages are touched where they belong."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
APPLICATIONS = ("onboarding", "signing", "pushportal")

# module prefix -> prefixes of ours that it may import, beside itself. The longest prefix rules.
MAY_IMPORT = {
    "onboarding.errors": (),
    "onboarding.durable": (),
    "onboarding.printable": (),
    "onboarding.long_text": (),
    "onboarding.shown_name": (),
    "onboarding.pki": ("onboarding.errors",),
    "onboarding.queue": (),
    "onboarding.roles": (),
    "onboarding.models": ("onboarding.errors", "onboarding.pki"),
    "onboarding.storage": (
        "onboarding.durable",
        "onboarding.errors",
        "onboarding.printable",
    ),
    "onboarding.store": (
        "onboarding.custody",
        "onboarding.errors",
        "onboarding.models",
        "onboarding.pki",
        "onboarding.printable",
        "onboarding.signed_request",
        "onboarding.storage",
        "onboarding.trust",
    ),
    "onboarding.audit": (
        "onboarding.errors",
        "onboarding.models",
        "onboarding.printable",
        "onboarding.storage",
    ),
    # What signs heads and sends them is the worker's alone.
    "onboarding.audit.leaving": ("onboarding.audit", "onboarding.keys", "onboarding.models"),
    "onboarding.audit.places": (
        "onboarding.errors",
        "onboarding.keys",
        "onboarding.models",
        "onboarding.storage",
    ),
    # For every process, as what watches the trail is.
    "onboarding.audit.guards": (),
    "onboarding.trail_watch": ("onboarding.audit.guards", "onboarding.models"),
    "onboarding.seal": ("onboarding.errors",),
    "onboarding.keys": ("onboarding.errors", "onboarding.pki", "onboarding.seal"),
    "onboarding.custody": (
        "onboarding.errors",
        "onboarding.keys",
        "onboarding.lifecycle",
        "onboarding.models",
        "onboarding.pki",
        "onboarding.queue",
        "onboarding.seal",
        "onboarding.storage",
        "onboarding.trust",
    ),
    # These two are for every process, so they know nothing that is the worker's alone.
    "onboarding.custody.public": ("onboarding.errors", "onboarding.seal"),
    "onboarding.custody.disposal": (
        "onboarding.errors",
        "onboarding.lifecycle",
        "onboarding.models",
        "onboarding.storage",
    ),
    "onboarding.trust": ("onboarding.errors", "onboarding.models", "onboarding.pki"),
    "onboarding.checks": ("onboarding.trust",),
    "onboarding.signed_request": ("onboarding.errors", "onboarding.models", "onboarding.pki"),
    "onboarding.person": (),
    "onboarding.seen": ("onboarding.models",),
    "onboarding.unusual": ("onboarding.models", "onboarding.pki"),
    "onboarding.renewal": (),
    "onboarding.reminders": ("onboarding.renewal",),
    "onboarding.signed_links": (),
    "onboarding.questions": ("onboarding.reminders",),
    "onboarding.secret_addresses": (),
    "onboarding.calendar_feed": ("onboarding.models",),
    "onboarding.certificate_mail": (
        "onboarding.models",
        "onboarding.questions",
        "onboarding.signed_links",
    ),
    "onboarding.sign_in_mail": ("onboarding.models",),
    "onboarding.at_rest": ("onboarding.errors",),
    "onboarding.invitation_link": ("onboarding.errors", "onboarding.models"),
    "onboarding.spreadsheet": (),
    "onboarding.campaigns": ("onboarding.models",),
    "onboarding.reports": ("onboarding.models", "onboarding.renewal"),
    "onboarding.importing": (
        "onboarding.errors",
        "onboarding.lifecycle",
        "onboarding.models",
        "onboarding.pki",
        "onboarding.printable",
        "onboarding.spreadsheet",
        "onboarding.storage",
    ),
    "onboarding.letter": ("onboarding.language",),
    "onboarding.language": ("onboarding.errors", "onboarding.moments"),
    "onboarding.moments": (),
    "onboarding.mail_tags": ("onboarding.moments",),
    "onboarding.outbox": (
        "onboarding.advice",
        "onboarding.invitation_link",
        "onboarding.certificate_mail",
        "onboarding.letter",
        "onboarding.mail_refusal",
        "onboarding.models",
        "onboarding.queue",
        "onboarding.sign_in_mail",
    ),
    "onboarding.mail_refusal": ("onboarding.printable",),
    "onboarding.password_reset": ("onboarding.letter", "onboarding.models"),
    "onboarding.lifecycle": (
        "onboarding.campaigns",
        "onboarding.errors",
        "onboarding.language",
        "onboarding.models",
        "onboarding.person",
        "onboarding.pki",
        "onboarding.printable",
        "onboarding.queue",
        "onboarding.seen",
        "onboarding.sign_in_mail",
        "onboarding.trust",
    ),
    "onboarding.pulses": ("onboarding.models",),
    "onboarding.stuck": ("onboarding.models",),
    "onboarding.advice": ("onboarding.models",),
    "onboarding.reasons": (
        "onboarding.models",
        "onboarding.pulses",
        "onboarding.queue",
        "onboarding.stuck",
    ),
    "onboarding.vendor_watch": ("onboarding.errors", "onboarding.models", "onboarding.pki"),
    "onboarding.tasks": (
        "onboarding.audit",
        "onboarding.trail_watch",
        "onboarding.importing",
        "onboarding.custody",
        "onboarding.errors",
        "onboarding.keys",
        "onboarding.lifecycle",
        "onboarding.models",
        "onboarding.outbox",
        "onboarding.password_reset",
        "onboarding.pki",
        "onboarding.pulses",
        "onboarding.queue",
        "onboarding.questions",
        "onboarding.reasons",
        "onboarding.reminders",
        "onboarding.seal",
        "onboarding.storage",
        "onboarding.store",
        "onboarding.stuck",
        "onboarding.vendor_watch",
    ),
    "onboarding.portal": (
        "onboarding.at_rest",
        "onboarding.invitation_link",
        "onboarding.language",
        "onboarding.moments",
        "onboarding.custody.disposal",
        "onboarding.custody.public",
        "onboarding.errors",
        "onboarding.lifecycle",
        "onboarding.long_text",
        "onboarding.models",
        "onboarding.pki",
        "onboarding.queue",
        "onboarding.reasons",
        "onboarding.calendar_feed",
        "onboarding.reminders",
        "onboarding.renewal",
        "onboarding.seal",
        "onboarding.signed_links",
        "onboarding.signed_request",
        "onboarding.storage",
        "onboarding.stuck",
        "onboarding.trust",
        "onboarding.shown_name",
    ),
    "onboarding.admin": (
        "onboarding.at_rest",
        "onboarding.campaigns",
        "onboarding.importing",
        "onboarding.trail_watch",
        "onboarding.language",
        "onboarding.advice",
        "onboarding.errors",
        "onboarding.lifecycle",
        "onboarding.long_text",
        "onboarding.models",
        "onboarding.moments",
        "onboarding.pki",
        "onboarding.printable",
        "onboarding.pulses",
        "onboarding.questions",
        "onboarding.queue",
        "onboarding.reasons",
        "onboarding.reminders",
        "onboarding.reports",
        "onboarding.seen",
        "onboarding.signed_request",
        "onboarding.spreadsheet",
        "onboarding.storage",
        "onboarding.stuck",
        "onboarding.trust",
        "onboarding.unusual",
        "onboarding.vendor_watch",
        "onboarding.shown_name",
    ),
    "onboarding.management.custody": (
        "onboarding.custody",
        "onboarding.durable",
        "onboarding.errors",
        "onboarding.keys",
        "onboarding.lifecycle",
        "onboarding.management.confirmation",
        "onboarding.models",
        "onboarding.seal",
    ),
    "onboarding.management.commands.import_customers": (
        "onboarding.errors",
        "onboarding.importing",
        "onboarding.lifecycle",
        "onboarding.management.confirmation",
        "onboarding.management.progress",
        "onboarding.models",
        "onboarding.storage",
    ),
    "onboarding.management.commands.verify_store": (
        "onboarding.errors",
        "onboarding.lifecycle",
        "onboarding.management.confirmation",
        "onboarding.management.progress",
        "onboarding.models",
        "onboarding.printable",
        "onboarding.storage",
        "onboarding.store",
    ),
    "onboarding.management.commands.audit": (
        "onboarding.audit",
        "onboarding.durable",
        "onboarding.errors",
        "onboarding.keys",
        "onboarding.management.audit_run",
        "onboarding.management.progress",
    ),
    "onboarding.management.audit_run": (
        "onboarding.audit",
        "onboarding.errors",
        "onboarding.lifecycle",
        "onboarding.models",
        "onboarding.printable",
    ),
    "onboarding.management": (
        "onboarding.errors",
        "onboarding.keys",
        "onboarding.lifecycle",
        "onboarding.models",
        "onboarding.pki",
        "onboarding.trust",
    ),
    "onboarding.migrations": ("onboarding.models", "onboarding.roles"),
    # What the offline machine runs knows neither models nor lifecycle.
    "signing.airgap": ("onboarding.errors", "onboarding.pki", "signing.sign"),
    "signing.airgap.output": ("onboarding.durable", "signing.setup.files"),
    "signing.setup.files": ("onboarding.durable", "onboarding.pki"),
    "signing.airgap.take": (
        "onboarding.errors",
        "onboarding.lifecycle",
        "onboarding.models",
        "signing.airgap",
        "signing.sign",
    ),
    "signing.airgap.verdict": (
        "onboarding.errors",
        "onboarding.lifecycle",
        "onboarding.models",
        "onboarding.pki",
        "signing.airgap",
        "signing.fitness",
        "signing.sign",
    ),
    "signing": (
        "onboarding.errors",
        "onboarding.lifecycle",
        "onboarding.models",
        "onboarding.pki",
        "onboarding.pulses",
        "onboarding.queue",
        "onboarding.trust",
    ),
    "signing.management": (
        "onboarding.errors",
        "onboarding.management.confirmation",
        "onboarding.management.progress",
        "onboarding.models",
        "onboarding.pki",
        "onboarding.trust",
        "signing",
    ),
    # The stand-in for Apple judges the product, so it shares nothing with it.
    "pushportal.sandbox": (),
    "pushportal": APPLICATIONS,
    "onboarding": ("onboarding",),
}
# The sandbox's command prepares people and customers, too: it is the one that knows both sides.
MAY_IMPORT["pushportal.sandbox.management"] = APPLICATIONS
NEVER_IN_PKI = ("django", "celery", "kombu", "redis", "storages")

MAY_NAME_PRIVATE_KEYS = ("signing", "onboarding.keys", "pushportal.sandbox")
PRIVATE_KEY = re.compile(
    r"^(\w+PrivateKey|generate_private_key|load_\w+_private_key|load_pkcs12"
    r"|load_key_and_certificates|private_bytes)$"
)


def modules() -> Iterator[tuple[str, ast.Module]]:
    for application in APPLICATIONS:
        for path in sorted((ROOT / application).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield name.removesuffix(".__init__"), ast.parse(path.read_text(encoding="utf-8"))


MODULES = dict(modules())
NAMES = sorted(MODULES)


def is_within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (_resolved(node.module, alias.name) for alias in node.names)


def _resolved(module: str, name: str) -> str:
    return f"{module}.{name}" if f"{module}.{name}" in MODULES else module


def rule_of(name: str) -> str:
    return max((prefix for prefix in MAY_IMPORT if is_within(name, prefix)), key=len)


def identifiers(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.alias):
            yield node.name.rsplit(".", 1)[-1]


@pytest.mark.parametrize("name", NAMES)
def test_imports_point_down_only(name: str) -> None:
    rule = rule_of(name)
    allowed = (rule, *MAY_IMPORT[rule])

    ours = {one for one in imported(MODULES[name]) if one.split(".")[0] in APPLICATIONS}

    assert {one for one in ours if not any(is_within(one, prefix) for prefix in allowed)} == set()


@pytest.mark.parametrize("name", [name for name in NAMES if is_within(name, "onboarding")])
def test_onboarding_never_imports_what_lies_above_it(name: str) -> None:
    ours = set(imported(MODULES[name]))

    assert not {one for one in ours if one.split(".")[0] in {"signing", "pushportal", "tests"}}


@pytest.mark.parametrize("name", [name for name in NAMES if is_within(name, "onboarding.pki")])
def test_pki_knows_bytes_and_no_framework(name: str) -> None:
    assert not {one for one in imported(MODULES[name]) if one.split(".")[0] in NEVER_IN_PKI}


@pytest.mark.parametrize("name", NAMES)
def test_private_keys_are_named_only_where_they_are_held(name: str) -> None:
    if any(is_within(name, prefix) for prefix in MAY_NAME_PRIVATE_KEYS):
        return

    assert {one for one in identifiers(MODULES[name]) if PRIVATE_KEY.match(one)} == set()


def _changes_state(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(isinstance(one, ast.Attribute) and one.attr == "state" for one in targets)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return node.func.attr == "update" and any(word.arg == "state" for word in node.keywords)


def _creates_event(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in {
        "Event",
        "Event.objects.create",
        "Event.objects.bulk_create",
        "Event.objects.get_or_create",
    }


@pytest.mark.parametrize("name", NAMES)
def test_only_lifecycle_changes_a_state_or_writes_an_event(name: str) -> None:
    if is_within(name, "onboarding.lifecycle"):
        return

    nodes = ast.walk(MODULES[name])

    assert not [ast.unparse(node) for node in nodes if _changes_state(node) or _creates_event(node)]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "onboarding.queue"])
def test_only_the_queue_asks_for_work(name: str) -> None:
    asked = {"send_task", "delay", "apply_async"} & set(identifiers(MODULES[name]))

    assert asked == set()


@pytest.mark.parametrize("name", NAMES)
def test_imports_stand_at_the_top_and_are_spelled_out(name: str) -> None:
    tree = MODULES[name]
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    local = [
        n for f in functions for n in ast.walk(f) if isinstance(n, ast.Import | ast.ImportFrom)
    ]
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]

    assert not local
    assert not [node.module for node in froms if node.level]
    if not is_within(name, "pushportal.settings"):
        assert not [node.module for node in froms if node.names[0].name == "*"]


@pytest.mark.parametrize("name", NAMES)
def test_every_module_says_what_it_is(name: str) -> None:
    path = ROOT / Path(*name.split("."))
    is_empty = path.is_dir() and not (path / "__init__.py").read_text().strip()

    assert ast.get_docstring(MODULES[name]) or is_empty or ".migrations.0001" in name


def test_the_guards_above_bite() -> None:
    offence = ast.parse("csr.state = 1; Event.objects.create(); q.filter(pk=1).update(state=2)")

    assert sum(_changes_state(node) or _creates_event(node) for node in ast.walk(offence)) == 3
    assert PRIVATE_KEY.match("load_pem_private_key")
    assert PRIVATE_KEY.match("RSAPrivateKey")
    assert not PRIVATE_KEY.match("CUSTODY_PRIVATE_KEY")


LOADED = """
import sys
import django
from django.core.handlers.wsgi import WSGIHandler
from pushportal.wsgi import application
from django.urls import get_resolver
get_resolver().url_patterns
from django.contrib import admin
admin.site.get_app_list
for name, module in sys.modules.items():
    if name.split(".")[0] in ("onboarding", "signing", "pushportal"):
        print(name, *vars(module))
"""


def web(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `code` as the web process would: its settings, nothing else in its environment."""
    bare = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "pushportal.settings.web"}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**bare, "SECRET_KEY": "of a test", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_web_process_loads_neither_signing_nor_any_private_key_loader() -> None:
    ran = web(LOADED)

    assert ran.returncode == 0, ran.stderr
    loaded = {line.split(" ")[0]: line.split(" ")[1:] for line in ran.stdout.splitlines()}
    assert "onboarding.portal.urls" in loaded
    assert "onboarding.admin" in loaded
    assert not [n for n in loaded if n.startswith(("signing", "pushportal.sandbox"))]
    workers = (
        *("onboarding.keys", "onboarding.tasks", "onboarding.custody.ring"),
        *("onboarding.audit.leaving", "onboarding.audit.places"),
    )
    assert not [n for n in loaded if n.startswith(workers)]
    assert not [n for n, names in loaded.items() if any(map(PRIVATE_KEY.match, names))]


def test_the_web_process_asks_the_broker_that_is_set() -> None:
    ran = web(
        "import pushportal.wsgi; from celery import current_app as a; print(a.conf.broker_url)",
        REDIS_URL="redis://broker.example:6379/3",
    )

    assert ran.stdout.strip() == "redis://broker.example:6379/3", ran.stderr


@pytest.mark.parametrize(
    "setting",
    ["SIGNING_IDENTITY", "SIGNING_IDENTITY_PASSPHRASE", "CUSTODY_PRIVATE_KEY", "AUDIT_KEY"],
)
@pytest.mark.parametrize("form", ["", "_FILE"])
def test_the_web_process_refuses_to_start_with_a_private_key_setting(
    setting: str, form: str
) -> None:
    ran = web("import pushportal.wsgi", **{setting + form: "/nowhere/secret"})

    assert ran.returncode != 0
    assert f"must not hold {setting}{form}" in ran.stderr
    assert "/nowhere/secret" not in ran.stderr
