"""The stand-in shares no code with what it checks, and production cannot load it."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "pushportal" / "sandbox"
# The demonstration's people and customers are the product's rows: a command makes them, and
# nothing that checks or issues may load it.
DEMONSTRATION = FOLDER / "management"
SOURCES = sorted(path for path in FOLDER.rglob("*.py") if DEMONSTRATION not in path.parents)
ALLOWED = {"pushportal.sandbox", "django", "cryptography"}


def _imported(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found |= {f"{'.' * node.level}{node.module or ''}"}
    return found


def _is_allowed(module: str) -> bool:
    top = module.partition(".")[0]
    if module.startswith("pushportal.sandbox.management"):
        return False
    return top in sys.stdlib_module_names or any(
        module == name or module.startswith(f"{name}.") for name in ALLOWED
    )


def test_there_are_sources_to_look_at() -> None:
    assert {"checker.py", "authority.py", "views.py"} <= {path.name for path in SOURCES}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_source_imports_nothing_of_the_product(path: Path) -> None:
    source = path.read_text()

    foreign = {module for module in _imported(source) if not _is_allowed(module)}

    assert foreign == set()
    assert "import_module" not in source
    assert "__import__" not in source


@pytest.mark.parametrize(
    "line",
    [
        "import onboarding",
        "from onboarding.pki import chain",
        "from signing import sign",
        "from pushportal import celery",
        "from pushportal.sandbox.management import demo",
    ],
)
def test_the_look_at_imports_would_notice(line: str) -> None:
    assert not all(_is_allowed(module) for module in _imported(line))


def test_checking_and_issuing_load_nothing_of_the_product() -> None:
    code = (
        "import sys, pushportal.sandbox.authority, pushportal.sandbox.checker; "
        "print([m for m in sys.modules if m.partition('.')[0] in ('onboarding', 'signing')])"
    )

    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    # The package `pushportal` loads Celery's wiring; that, too, must bring nothing along.
    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize("value", [False, None, "True", 1])
def test_only_true_itself_lets_it_load(value: object) -> None:
    config = apps.get_app_config("sandbox")

    with override_settings(SANDBOX=value), pytest.raises(ImproperlyConfigured, match="SANDBOX"):
        config.ready()


def test_settings_that_do_not_know_it_cannot_load_it() -> None:
    code = (
        "import django; from django.conf import settings; "
        "settings.configure(INSTALLED_APPS=['pushportal.sandbox']); django.setup()"
    )

    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)

    assert answer.returncode != 0
    assert "stand-in for Apple" in answer.stderr


def test_its_own_settings_refuse_an_address_on_the_internet(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "pushportal.settings.sandbox",
        "SANDBOX_SECRET_KEY": "tests",
        "VAR_DIR": str(tmp_path),
        "PUBLIC_URL": "https://portal.example",
    }

    answer = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )

    assert answer.returncode != 0
    assert "developer's machine only" in answer.stderr


SERVED = """
import django; django.setup()
from django.core.management import call_command
from django.test import Client
from pushportal.sandbox.wsgi import application
call_command("check", fail_level="WARNING")
browser = Client(SERVER_NAME="localhost")
page = browser.post("/sign-in", {"account": "ada@acme.example"}, follow=True)
style = browser.get("/static/sandbox/sandbox.css")
assert page.status_code == 200
print(page["Content-Security-Policy"])
print(style.status_code, style["Content-Type"], b"prefers-color-scheme: dark" in b"".join(style))
"""


def test_its_own_process_serves_pages_and_style(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "pushportal.settings.sandbox",
        "SANDBOX_SECRET_KEY": "tests",
        "VAR_DIR": str(tmp_path),
    }

    answer = subprocess.run(
        [sys.executable, "-c", SERVED],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )

    assert answer.stderr == ""
    assert "default-src 'none'" in answer.stdout
    assert '200 text/css; charset="utf-8" True' in answer.stdout
