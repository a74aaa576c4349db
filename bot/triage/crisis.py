"""Which cries for help an assessment answers."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from bot.knowledge.model import Condition, Crisis, Pack, Rule


class Cry(msgspec.Struct, frozen=True, kw_only=True):
    """A cry for help that was heard: its kind, the condition that was told and the rule that makes it an emergency."""

    kind: Crisis
    condition: Condition
    rule: Rule


def cries(rules: Iterable[str], pack: Pack) -> tuple[Cry, ...]:
    """The cries for help whose own rules are among `rules` (ids), the most pressing first: in the order of the pack."""
    fired = frozenset(rules)
    own = {rule.when.condition: rule for rule in pack.rules if rule.id in fired and rule.when.condition}
    return tuple(
        Cry(kind=condition.crisis, condition=condition, rule=own[condition.id])
        for condition in pack.conditions.values()
        if condition.crisis and condition.id in own
    )
