"""Each way to break a promise is seen, by seeds that CI plays."""

from __future__ import annotations

import pytest
from tests.simulation import saboteurs
from tests.simulation.journals import Violation
from tests.simulation.rounds import play
from tests.simulation.saboteurs import Saboteur

SEEDS = 200

SABOTEURS: list[Saboteur] = [
    saboteurs.answer_before_commit,
    saboteurs.sync_nothing,
    saboteurs.sync_checkpoints_alone,
    saboteurs.settle_no_failed_commit,
    saboteurs.keep_what_a_failed_operation_wrote,
    saboteurs.ignore_if_match,
    saboteurs.count_folds_twice,
    saboteurs.match_orders_without_lock,
    saboteurs.amend_orders_without_lock,
    saboteurs.keep_answers_in_a_transaction_of_their_own,
]

SEALED = [
    "orders_document",
    "orders_find_for_update",
    "orders_page",
    "items_document",
    "items_find_for_update",
    "people_document",
    "people_find_for_update",
    "guests_document",
    "guests_find_for_update",
    "guests_page",
    "kept_answers_find",
]


@pytest.mark.parametrize("saboteur", SABOTEURS, ids=lambda saboteur: str(saboteur.__name__))
def test_a_broken_promise_is_seen(saboteur: Saboteur, monkeypatch: pytest.MonkeyPatch) -> None:
    saboteur(monkeypatch)
    assert_seen()


@pytest.mark.parametrize("statement", SEALED)
def test_an_organisation_left_out_of_a_where_is_seen(
    statement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    saboteurs.forget_the_organisation(monkeypatch, statement)
    assert_seen()


def assert_seen() -> None:
    for seed in range(SEEDS):
        try:
            play(seed)
        except Violation:
            return
    pytest.fail(f"{SEEDS} seeds have nothing to say against it")
