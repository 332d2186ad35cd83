"""The carrier of tests and of `amends replay`: it remembers what it would have sent."""

from __future__ import annotations

from mailer.carry import MayEnd, Outcome, always, unfit_envelope

ACCEPTED = Outcome("accepted", 250, "remembered")


class RememberingCarrier:
    """A Carrier without a network. `outcomes` are given out in turn, then every mail is accepted.

    `mails` holds (sender, recipient, data) of what a server would have: the accepted and the
    uncertain ones.
    """

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.mails: list[tuple[str, str, bytes]] = []

    async def carry(
        self,
        sender: str,
        recipient: str,
        data: bytes,
        may_end: MayEnd = always,
        own_copy: str | None = None,
    ) -> Outcome:
        """See Carrier."""
        unfit = unfit_envelope(sender, recipient)
        if unfit:
            return unfit
        if not await may_end():
            return Outcome("deferred", None, "not ended: the claim ran out")
        outcome = self.outcomes.pop(0) if self.outcomes else ACCEPTED
        if outcome.state in ("accepted", "uncertain"):
            self.mails.append((sender, recipient, data))
        return outcome
