"""Batches while the database server crashes: run with servers of its own, never beside other work.

`LOYALTY_VAR_DIR=... python -m tests.proofs.crashing_database SEED [--without-a-look]` prints how many rounds there
were, in how many the server crashed while a batch was carried out, how many items a crash took that no one had
learnt of, and how many that a till had learnt of: the last is the fault it looks for.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from threading import Thread
from typing import Any, Final

ROUNDS: Final = 8
ITEMS: Final = 60


@dataclass
class Tally:
    rounds: int = 0
    cut_batches: int = 0
    taken_untold: int = 0
    told_and_lost: list[str] = field(default_factory=list)
    never_done: int = 0


def crash(cluster: Any) -> None:
    """Stop the server as a crash does, without a checkpoint, and start it again; it recovers from its log."""
    cluster._run_program("pg_ctl", "-D", cluster.data, "-w", "-m", "immediate", "stop")
    cluster.start()


def send_raw(till: Any, items: list[Any]) -> tuple[int, dict[str, Any]]:
    """Return the status and the answer; a batch that could not be answered says nothing."""
    from django.db import connection  # noqa: PLC0415 - Django is set up by then

    try:
        answer = till.client.post(
            "/api/pos/v1/batches",
            json.dumps({"items": items}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {till.key}"},
        )
    except Exception:  # whatever it is, the till would have been answered 500
        connection.close()
        return 500, {}
    return answer.status_code, json.loads(answer.content)


def kept_references(till: Any) -> set[str]:
    from merchants.tenancy import merchant_scope  # noqa: PLC0415
    from sales.models import Sale  # noqa: PLC0415

    with merchant_scope(till.merchant.id):
        return set(Sale.objects.filter(merchant_id=till.merchant.id).values_list("reference", flat=True))


def play_round(till: Any, cluster: Any, number: int, *, after: float, tally: Tally) -> None:
    """Send one batch, crash the server `after` seconds, then send the batch until all of it is done."""
    from django.db import connection  # noqa: PLC0415

    from tests.api.batches import sale_item  # noqa: PLC0415

    names = [f"{number}-{place}" for place in range(ITEMS)]
    items = [sale_item(2 + number * ITEMS + place, name) for place, name in enumerate(names)]
    answered: list[tuple[int, dict[str, Any]]] = []
    sender = Thread(target=lambda: answered.append(send_raw(till, items)))
    sender.start()
    time.sleep(after)
    tally.cut_batches += sender.is_alive()
    crash(cluster)
    sender.join()
    with suppress(Exception):
        connection.close()
    status, body = answered[0]
    told = {name for name, one in zip(names, body.get("results", ()), strict=False) if one["status"] < 300}
    kept = kept_references(till)
    tally.rounds += 1
    tally.told_and_lost += sorted(told - kept)
    tally.taken_untold += len(set(names) - kept - told) if status != 200 else 0
    for _ in range(20):
        status, body = send_raw(till, items)
        if status == 200 and all(one["status"] < 300 for one in body["results"]):
            break
        time.sleep(0.5)
    tally.never_done += len(set(names) - kept_references(till))


def look_at_nothing() -> None:
    """Take away what is under test: whether the answered items are still there is not looked at."""
    from pos_integration.views import batches  # noqa: PLC0415

    batches.count_answered = lambda **_: sys.maxsize  # type: ignore[attr-defined]


def main(seed: int, *, looks: bool) -> int:
    from loyalty import embedded  # noqa: PLC0415 - the servers first, then Django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")
    embedded.hold()
    import django  # noqa: PLC0415

    django.setup()
    from django.test import Client  # noqa: PLC0415

    from bench.database import bench_database  # noqa: PLC0415
    from loyalty.postgres_server import Cluster  # noqa: PLC0415
    from tests.api.batches import sale_item  # noqa: PLC0415
    from tests.api.conftest import open_shop  # noqa: PLC0415

    if not looks:
        look_at_nothing()
    chance, tally = random.Random(seed), Tally()
    cluster = Cluster(embedded.var_dir(), embedded.read_plan())
    with bench_database():
        shop = open_shop("Toko Kopi Ratna")
        till = replace(shop.till(), client=Client(SERVER_NAME="127.0.0.1"))
        if send_raw(till, [sale_item(1, "WARM")])[0] != 200:
            raise SystemExit("a batch is not answered while nothing crashes")
        for number in range(ROUNDS):
            play_round(till, cluster, number, after=chance.uniform(0.05, 0.9), tally=tally)
        shop.assert_verified()
    print(json.dumps({"seed": seed, **asdict(tally)}))
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), looks="--without-a-look" not in sys.argv))
