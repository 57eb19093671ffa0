"""supervisord: its configuration, and what it tells of its processes."""

import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from xmlrpc.client import Fault

from supervisor.childutils import getRPCInterface

_STOP_SECONDS = 7

_HEAD = """\
[supervisord]
nodaemon=true
silent=true
nocleanup=true
directory={root}
logfile={var}/log/supervisord.log
logfile_maxbytes=1MB
logfile_backups=1
pidfile={var}/run/supervisord.pid

[unix_http_server]
file={socket}
chmod=0600

[supervisorctl]
serverurl=unix://{socket}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[group:portal]
programs={names}
"""

_PROGRAM = """
[program:{name}]
command={command}
priority={priority}
autorestart=true
startsecs=5
startretries=20
stopwaitsecs={stop_seconds}
stopasgroup=false
killasgroup=true
redirect_stderr=true
stdout_logfile={var}/log/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=1
"""


@dataclass(frozen=True, slots=True)
class State:
    """A process as supervisord sees it; `pid` is 0 while there is none."""

    name: str
    state: str
    pid: int


def configuration(
    commands: Mapping[str, Sequence[str]], *, root: Path, var: Path, socket: Path, parent: int
) -> str:
    """supervisord's configuration: each command started by `child`, with its share only."""
    # The broker stays out of the group: it starts before the others and stops after them.
    grouped = [name for name in commands if name != "broker"]
    head = _HEAD.format(
        root=_escaped(root), var=_escaped(var), socket=_escaped(socket), names=",".join(grouped)
    )
    programs = [
        _PROGRAM.format(
            name=name,
            command=_line(sys.executable, "-m", "pushportal.up.child", name, parent, *command),
            priority=1 if name == "broker" else 10,
            var=_escaped(var),
            stop_seconds=_STOP_SECONDS,
        )
        for name, command in commands.items()
    ]
    return head + "".join(programs)


def command(configuration: Path) -> tuple[str, ...]:
    return (sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration))


def states(socket: Path) -> list[State] | None:
    """How each process does; None before supervisord answers, and once it is stopping."""
    try:
        with getRPCInterface({"SUPERVISOR_SERVER_URL": f"unix://{socket}"}) as server:
            return [
                State(name=row["name"], state=row["statename"], pid=row["pid"])
                for row in server.supervisor.getAllProcessInfo()
            ]
    except (OSError, HTTPException, Fault):
        return None


def _line(*words: object) -> str:
    return _escaped(shlex.join(str(word) for word in words))


def _escaped(text: object) -> str:
    # supervisord expands %(name)s in every value.
    return str(text).replace("%", "%%")
