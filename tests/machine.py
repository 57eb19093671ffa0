"""What tests need of the machine beyond Python, as a plugin of the suite.

`@pytest.mark.needs("openssl")` says what a test needs; the marker `browser` needs Chromium. Where
a part is missing the test is skipped, and named at the end; with CI=true it fails instead.
"""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.servers import postgresql, s3

SHARED = Path(__file__).resolve().parents[2] / "shared"
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
# Each part, whether it is here, and what to do when it is not.
PARTS: dict[str, tuple[bool, str]] = {
    "chromium": (CHROMIUM is not None, "Chromium is missing: install the package chromium."),
    "openssl": (shutil.which("openssl") is not None, "openssl is missing: install it."),
    "curl": (shutil.which("curl") is not None, "curl is missing: install it."),
    "certtool": (
        shutil.which("certtool") is not None,
        "certtool is missing: install the package gnutls-bin.",
    ),
    "p11tool": (
        shutil.which("p11tool") is not None,
        "p11tool is missing: install the package gnutls-bin.",
    ),
    "gettext": (
        shutil.which("xgettext") is not None,
        "GNU gettext is missing: install the package gettext.",
    ),
    "softhsm": (
        shutil.which("softhsm2-util") is not None,
        "SoftHSM is missing: install the package softhsm2.",
    ),
    "postgresql": (
        postgresql.programs() is not None,
        "PostgreSQL is missing: install tests/requirements.txt.",
    ),
    "s3": (
        s3.program() is not None,
        "The S3 server is missing: python3 -m pushportal.bootstrap install.",
    ),
    "shared": (SHARED.is_dir(), f"The folder of samples and of Apple's CAs is missing: {SHARED}."),
}


def is_ci() -> bool:
    return os.environ.get("CI") == "true"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"needs(part, …): of the machine: {', '.join(PARTS)}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        sentence = missing(needed(item))
        # On a developer's machine alone; with CI=true the same item fails, see below.
        if sentence and not is_ci():
            item.add_marker(pytest.mark.skip(reason=sentence))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if is_ci() and (sentence := missing(needed(item))):
        pytest.fail(f"With CI=true nothing may be missing. {sentence}", pytrace=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name each test that this machine could not run: one line per test, not per reason."""
    sentences = {sentence for _, sentence in PARTS.values()}
    for report in terminalreporter.stats.get("skipped", []):
        reason = str(report.longrepr[2]).removeprefix("Skipped: ")
        if reason in sentences:
            terminalreporter.write_line(f"NOT RUN HERE {report.nodeid}: {reason}")


def needed(item: pytest.Item) -> list[str]:
    parts = [part for marker in item.iter_markers("needs") for part in marker.args]
    return [*parts, "chromium"] if item.get_closest_marker("browser") else parts


def missing(parts: Iterable[str]) -> str | None:
    """What to do about the first of the parts that is not here; None if all are."""
    return next((PARTS[part][1] for part in parts if not PARTS[part][0]), None)
