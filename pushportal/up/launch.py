"""One run: check, prepare, and become supervisord."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pushportal.up import broker, environment, folders, lock, logs, ports, supervision, tied
from pushportal.up.processes import PROCESSES, commands
from pushportal.up.refusal import Refused


def up(root: Path, var: Path, *, port: int, environ: Mapping[str, str]) -> None:
    """Prepare the folder `var` and become its supervisord; Refused with a sentence if it cannot.

    It ends when the process ends that started it: a run that nobody sees keeps no port.
    """
    starter = os.getppid()
    tied.by_kernel(signal.SIGTERM)
    # Database, mails, logs: what the processes write is their owner's only.
    os.umask(0o077)
    folders.make(var)
    held = lock.take(var / "run" / "lock")
    ports.check(port)
    folders.make_secrets(var / "secrets")
    sockets = broker.sockets(var)
    is_embedded = not environment.has_any(environ, ["REDIS_URL"])
    everything = environment.complete(
        environ,
        var=var,
        port=port,
        broker=f"redis+socket://{sockets / 'broker.sock'}" if is_embedded else None,
    )
    held.write(url=everything["PUBLIC_URL"])
    _prepare(root, var, everything)
    # Another run may have begun meanwhile, and Granian would share a port without a word.
    ports.check(port)
    started = commands(port)
    if is_embedded:
        started = {"broker": broker.command(var, sockets / "broker.sock")} | started
    socket = sockets / "supervisord.sock"
    configuration = var / "run" / "supervisord.conf"
    configuration.write_text(
        supervision.configuration(started, root=root, var=var, socket=socket, parent=os.getpid())
    )
    _start_console(root, everything, socket, port=port, starter=starter)
    held.keep()
    os.chdir(root)
    command = supervision.command(configuration)
    os.execve(command[0], command, everything)  # noqa: S606 - no shell is wanted


def _prepare(root: Path, var: Path, everything: Mapping[str, str]) -> None:
    """Bring the database, the static files and the sandbox up to date."""
    sys.stdout.write("Preparing the database, the pages and the sandbox …\n")
    sys.stdout.flush()
    environ = dict(everything)
    if not Path(environ.get("TRUST_ANCHORS_FILE", "")).is_file():
        # The sandbox makes its anchors below, and until then nothing needs any.
        environ.pop("TRUST_ANCHORS_FILE", None)
    (var / "log" / "prepare.log").write_bytes(b"")
    web = environment.share(environ, *PROCESSES["web"].settings)
    for settings, known, arguments in (
        ("web", web, ("migrate", "--no-input")),
        ("web", web, ("collectstatic", "--no-input", "--verbosity", "0")),
        ("dev", environ, ("sandbox", "prepare")),
    ):
        environ_of_step = {**known, "DJANGO_SETTINGS_MODULE": f"pushportal.settings.{settings}"}
        _manage(root, arguments, environ=environ_of_step, log=var / "log" / "prepare.log")


def _manage(root: Path, arguments: Sequence[str], *, environ: Mapping[str, str], log: Path) -> None:
    with log.open("ab") as output:
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, str(root / "manage.py"), *arguments],
            cwd=root,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise Refused(
            f"“manage.py {arguments[0]}” failed: {logs.last_words(log)} More is in {log}."
        )


def _start_console(
    root: Path, everything: Mapping[str, str], socket: Path, *, port: int, starter: int
) -> None:
    """Start what talks to the person: supervisord, which this process becomes, is silent."""
    subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "pushportal.up.console", str(socket), str(port), str(starter)],
        cwd=root,
        env=environment.share(everything, "VAR_DIR", "PUBLIC_URL", "STAFF_MFA"),
        stdin=subprocess.DEVNULL,
    )
