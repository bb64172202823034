"""Home: what happened lately in the organisation's shop."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from orderfolio.console import charts, orders
from orderfolio.console.orders import Line
from orderfolio.console.visits import Visit
from orderfolio.operations import overviews, refusals
from orderfolio.operations.overviews import ShopOverview
from orderfolio.store.contract import Documents, Transaction
from orderfolio.store.records import Organisation, Refused


async def show(visit: Visit) -> Response:
    overview, newest, refused = await visit.store.read(_look, visit.organisation, visit.documents)
    return visit.show(
        "home.html",
        overview=overview,
        newest=newest,
        refused=refused,
        chart=charts.of_counts(overview.by_day),
    )


async def _look(
    tx: Transaction, organisation: Organisation, documents: Documents
) -> tuple[ShopOverview, Sequence[Line], Sequence[Refused]]:
    overview = await overviews.of_shop(tx, organisation)
    newest = await orders.lines(tx, organisation, documents, overview.newest)
    return overview, newest, await refusals.browse(tx, organisation)
