"""Messages to a signer that is away, at a real broker."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from celery import Celery

from onboarding import queue
from pushportal import celery as product
from tests.servers.valkey import Valkey

PLENTY = 100
CLICK = "import django; django.setup(); from onboarding import queue; queue.sign_approved()"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Celery]:
    """A broker nobody listens to, and the application that talks to it."""
    valkey = Valkey.start(tmp_path)
    app = Celery("pushportal")
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.update(broker_url=f"redis+socket://{valkey.socket}")
    app.set_current()
    yield app
    product.app.set_current()
    app.close()
    valkey.stop()


def waiting(app: Celery) -> int:
    client = redis.Redis(unix_socket_path=app.conf.broker_url.removeprefix("redis+socket://"))
    with client:
        return int(client.llen("signing"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ask", [queue.ask_signer_again, queue.ask_for_pulse])
def test_messages_do_not_pile_up_before_a_signer_that_is_away(
    broker: Celery, ask: Callable[[], None]
) -> None:
    for _ in range(PLENTY + 20):
        ask()

    assert waiting(broker) == PLENTY


@pytest.mark.django_db(transaction=True)
def test_an_approval_asks_the_signer_whatever_waits_there(broker: Celery) -> None:
    for _ in range(PLENTY + 1):
        queue.sign_approved()

    assert waiting(broker) == PLENTY + 1


def test_a_broker_that_hangs_does_not_hold_a_click(tmp_path: Path) -> None:
    """In a process under the settings of web, for its limits count from its first connection."""
    valkey = Valkey.start(tmp_path)
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "pushportal.settings.web",
        "SECRET_KEY": "of this test",
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "REDIS_URL": valkey.url,
    }
    os.kill(valkey.pid, signal.SIGSTOP)
    try:
        asked = subprocess.run(
            [sys.executable, "-c", CLICK],
            env=environ,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
    finally:
        os.kill(valkey.pid, signal.SIGCONT)
        valkey.stop()

    assert "The broker did not take signing.sign_approved" in asked.stderr
