"""`lists COUNT`: milliseconds of the staff's lists, as they are opened, narrowed and searched.

`lists plans`: by list, how PostgreSQL finds what it shows, and how many rows it looks at for that.
"""

import gc
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from hashlib import md5, sha256
from typing import Any
from uuid import UUID

import django

django.setup()

from django.db import connection  # noqa: E402 - the settings come first
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402

from onboarding.admin.listing import BoundedPaginator  # noqa: E402
from onboarding.models import CSR, User  # noqa: E402

# Of these there are so many for each CSR, and none is read from end to end.
LARGE = {
    "csr": 1.0,
    "seenkey": 1.0,
    "pushcertificate": 0.5,
    "customer": 0.25,
    "user": 0.25,
    "event": 2.0,
}
FINDS_NOTHING = {"CSRs with an unusable key", "customers with fewer approvals to confirm"}


def lists(number: int, many: int) -> dict[str, str]:
    """The address of each list by name; what is searched for belongs to CSR `number` of so many."""
    customer = number // 4
    certificate = 2 * customer
    name = f"{('Clinic', 'Foods', 'Labs', 'Media', 'Motors')[customer % 5]} {customer}"
    account = f"push-{customer}@customer.example"
    topic = f"com.apple.mgmt.External.{UUID(_md5(f'topic{certificate}'))}"
    csr = UUID(_md5(f"csr{number}"))
    found = {
        ("csr", "CSRs"): {
            "that wait": "",
            "of all states": "state=all",
            "of all states, page 2": "state=all&p=2",
            "of all states, last page": f"state=all&p={_last('csr', many)}",
            "rejected": "state=rejected",
            "uploaded": "state=all&origin__exact=uploaded",
            "with an unusable key": "key=unusable",
            "by customer": f"q={name}",
            "by a common word": "q=GmbH",
            "by topic": f"q={topic}",
            "by fingerprint": f"q={sha256(f'key{number}'.encode()).hexdigest()}",
            "by number": f"q={str(csr)[:8]}",
        },
        ("pushcertificate", "certificates"): {
            "active": "",
            "active, page 2": "p=2",
            "of all states, last page": f"which=all&p={_last('pushcertificate', many)}",
            "ending soon": "which=soon",
            "expired": "which=expired",
            "superseded": "which=superseded",
            "revoked": "which=revoked",
            "by topic": f"q={topic}",
            "by serial number": f"q={_md5(f'serial{certificate}')[:16].upper()}",
            "by Apple Account": f"q={account}",
            "by customer": f"q={name}",
        },
        ("customer", "customers"): {
            "open": "",
            "open, page 2": "p=2",
            "all, last page": f"state=all&p={_last('customer', many)}",
            "closed": "state=closed",
            "newest": "o=-4",
            "with fewer approvals to confirm": "approvals=confirm",
            "by name": f"q={name}",
            "by a common word": "q=GmbH",
            "by Apple Account": f"q={account}",
        },
        ("user", "people"): {"by address": f"q=person-{customer}@alder.example"},
        ("event", "Events"): {
            "all": "",
            "all, page 2": "p=2",
            "all, last page": f"p={_last('event', many)}",
            "of one verb": "verb=approve",
            "of the last day": "within=1",
            "by typed person": f"person=person-{number % 5}@alder.example",
            "by typed customer": f"customer={name}",
            "between two days": "since=2020-01-01&until=2100-01-01",
            "of a customer": f"customer__id__exact={UUID(_md5(f'customer{customer}'))}",
            "by customer": f"q={name}",
            "by person": f"q=person-{number % 5}@alder.example",
            "by address": f"q=10.{number >> 16}.{number >> 8 & 255}.{number & 255}",
            "by CSR": f"q={csr}",
        },
    }
    return {
        f"{title} {what}": f"{reverse(f'admin:onboarding_{noun}_changelist')}?{query}"
        for (noun, title), each in found.items()
        for what, query in each.items()
    }


def milliseconds(client: Client, count: int) -> dict[str, list[float]]:
    """Of each list; the first round warms up, and does not count."""
    found: dict[str, list[float]] = defaultdict(list)
    many = CSR.objects.count()
    for at in range(count + 1):
        if at == 1:
            # Looking through all that was loaded takes Python 70 ms, in the midst of some list.
            gc.collect()
            gc.freeze()
        for name, address in lists(time.time_ns() % many, many).items():
            began = time.perf_counter()
            _open(client, name, address)
            if at:
                found[name].append((time.perf_counter() - began) * 1000)
    return found


def plans(client: Client) -> dict[str, dict[str, Any]]:
    """By list: what reads its large tables, and how many of their rows are looked at.

    Any: JSON.
    """
    found = {}
    many = CSR.objects.count()
    for name, address in lists(many // 2, many).items():
        with CaptureQueriesContext(connection) as captured:
            _open(client, name, address)
        scans: dict[str, int] = defaultdict(int)
        for query in captured:
            for scan, rows in _scans(query["sql"]):
                scans[scan] += rows
        found[name] = {"queries": len(captured), "scans": scans}
    return found


def _scans(statement: str) -> Iterator[tuple[str, int]]:
    if not statement.startswith(("SELECT", "WITH")):
        return
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
        yield from _read(cursor.fetchone()[0][0]["Plan"])


def _read(node: dict[str, Any], table: str = "") -> Iterator[tuple[str, int]]:
    """Any: JSON of PostgreSQL."""
    table = node.get("Relation Name", table)
    if "Scan" in node["Node Type"] and table.removeprefix("onboarding_") in LARGE:
        passed_over = (
            node.get(name, 0)
            for name in ("Rows Removed by Filter", "Rows Removed by Index Recheck")
        )
        rows = (node["Actual Rows"] + sum(passed_over)) * node["Actual Loops"]
        yield f"{node['Node Type']} {node.get('Index Name', table)}", round(rows)
    for inner in node.get("Plans", ()):
        yield from _read(inner, table)


def _open(client: Client, name: str, address: str) -> None:
    answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answers {answer.status_code}.")
    if b"/change/" not in answer.content and name not in FINDS_NOTHING:
        raise RuntimeError(f"{address} finds nothing.")


def _last(noun: str, many: int) -> int:
    return max(1, min(BoundedPaginator.most, int(many * LARGE[noun])) // 50)


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def main(what: str) -> None:
    person, _ = User.objects.get_or_create(
        email="bench@vendor.example",
        defaults={"name": "Sam", "is_staff": True, "is_superuser": True},
    )
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(person)
    found = plans(client) if what == "plans" else milliseconds(client, int(what))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
