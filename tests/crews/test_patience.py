"""When a worker is given up: counted in steps, without a clock and without a worker."""

from __future__ import annotations

from typing import Final

from orderfolio.crews.patience import Patience

LONG: Final = 10_000


def steps(patience: Patience) -> tuple[int, str]:
    """After how many steps it ends, and why."""
    number = 0
    while patience.spend():
        number += 1
        assert number < LONG
    assert patience.why_lost is not None
    return number, patience.why_lost


def serving() -> Patience:
    patience = Patience()
    patience.expect_beats()
    return patience


class TestSilence:
    def test_of_one_that_serves_is_borne_for_half_a_minute(self) -> None:
        assert steps(serving()) == (30, "nothing was heard of it for 30 s")

    def test_of_one_that_starts_is_borne_for_longer(self) -> None:
        assert steps(Patience()) == (120, "nothing was heard of it for 120 s")

    def test_begins_anew_with_each_word(self) -> None:
        patience = serving()
        for _ in range(100):
            assert all(patience.spend() for _ in range(30))
            patience.hear()
        assert steps(patience)[0] == 30


class TestEnd:
    @staticmethod
    def steps_of_one_that_beats(patience: Patience) -> tuple[int, str]:
        number = 0
        while patience.spend():
            patience.hear()
            number += 1
            assert number < LONG
        assert patience.why_lost is not None
        return number, patience.why_lost

    def test_is_waited_for_as_long_as_clients_have_and_a_little_more(self) -> None:
        patience = serving()
        patience.expect_end(drain_seconds=0)
        found = self.steps_of_one_that_beats(patience)
        assert found == (45, "it hasn't ended 45 s after it was told to")

    def test_comes_after_balancers_were_waited_for(self) -> None:
        patience = serving()
        patience.expect_end(drain_seconds=600)
        found = self.steps_of_one_that_beats(patience)
        assert found == (645, "it hasn't ended 645 s after it was told to")

    def test_comes_sooner_where_a_second_signal_ends_that_wait(self) -> None:
        patience = serving()
        patience.expect_end(drain_seconds=600)
        patience.expect_end(drain_seconds=0)
        assert self.steps_of_one_that_beats(patience)[0] == 45

    def test_is_put_off_by_no_further_signal(self) -> None:
        patience = serving()
        patience.expect_end(drain_seconds=0)
        for _ in range(20):
            patience.hear()
            assert patience.spend()
        patience.expect_end(drain_seconds=0)
        assert self.steps_of_one_that_beats(patience)[0] == 25

    def test_of_one_that_hangs_is_not_waited_for_in_full(self) -> None:
        patience = serving()
        patience.expect_end(drain_seconds=600)
        assert steps(patience) == (30, "nothing was heard of it for 30 s")
