"""From a received message to delivered replies: every message answered exactly once, in order for each patient.

A message is kept before it is acknowledged. What it led to (the replies, and where the dialogue stands) is saved in one
step, so that a process that is killed at any moment begins again exactly where it was. A reply that a platform does not
take is tried again, and in the end kept as a dead letter. While the store fails, what was acknowledged is answered all the
same, and saved later: only a process that is killed in such a time answers twice.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Set
from contextlib import suppress

import msgspec

from bot.channels.done import REMEMBERED, Done
from bot.channels.lanes import Lanes
from bot.channels.messaging.platform import Refused, Unavailable
from bot.dialogue.logs import kind_and_place
from bot.state.model import Entry, Outcome, Received, new_entries
from bot.state.state import State
from bot.state.unit import unit_of_work

logger = logging.getLogger(__name__)

# What a message is answered: the bodies of the replies, and what is to be remembered of its conversation beside the dialogue.
Answer = Callable[[Received], Awaitable[Outcome]]
# Hands an entry to the platform. Raises Unavailable (it is tried again) or Refused (it is not).
Deliver = Callable[[Entry], Awaitable[None]]
# Told of a conversation's new entries.
Published = Callable[[str, list[Entry]], Awaitable[None]]
# Seconds to wait after each failed attempt to deliver, about two hours in all; then the entry is a dead letter.
RETRIES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
# A platform that asks for more patience than this is asked again all the same.
LONGEST_WAIT = 3600.0
# Seconds that a platform has to answer what it was sent when the engine is stopped: given up, it would be sent again.
LAST_SECONDS = 0.5
# How often a running server looks into the store for what is not under way: dead letters that are to be sent again
# (`aftercheck channels resend`), and messages that were kept although the store seemed to fail.
LOOK_SECONDS = 15.0
# Seconds to wait after each failed attempt to answer; the last one again and again.
ANSWER_AGAIN = (0.2, 0.5, 1.0, 2.0, 5.0)
# A message on which the answer fails this often more gets the safe fallback: others wait behind it.
ATTEMPTS = 3
# When the store has not taken in this time what a message led to, it is said all the same, and saved when the store is back.
UNSAVED_AFTER = 2.0

_Key = tuple[str, int, float]


class Numbers:
    """The number of the last entry of each conversation; of many, the last ones."""

    def __init__(self) -> None:
        self._last: OrderedDict[str, int] = OrderedDict()

    def get(self, conversation: str) -> int | None:
        """The number; None when it is not known."""
        return self._last.get(conversation)

    def set(self, conversation: str, number: int) -> None:
        """Remember it, and forget the longest unused when there are too many."""
        self._last[conversation] = number
        self._last.move_to_end(conversation)
        if len(self._last) > REMEMBERED:
            self._last.popitem(last=False)


class Engine:
    """Answers the messages of one channel and delivers the replies."""

    def __init__(
        self,
        state: State,
        channel: str,
        answer: Answer,
        deliver: Deliver | None = None,
        *,
        otherwise: Callable[[Received], Outcome],
        published: Published | None = None,
        sent: Done | None = None,
        retries: tuple[float, ...] = RETRIES,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        """`deliver` is for channels that push; `published` is told of new entries of those that are read from the log.

        `otherwise` is what a message is answered for which `answer` fails again and again. `sent` remembers what a platform
        has taken; the store forgets its body later.
        """
        self._state, self._channel = state, channel
        self._answer, self._otherwise = answer, otherwise
        self._deliver, self._published = deliver, published
        self._retries, self._look_seconds = retries, look_seconds
        self._answering, self._delivering = Lanes(), Lanes()
        # Messages by their ids, and how many each conversation has.
        self._taken: set[str] = set()
        self._answers = Done()
        self._busy: Counter[str] = Counter()
        self._handed: set[_Key] = set()
        self._sent = Done() if sent is None else sent
        # While the store fails: what is still being saved of each conversation, and which entries were said all the same.
        self._owed: dict[str, asyncio.Task[list[Entry]]] = {}
        self._unsaved: dict[str, list[Entry]] = {}
        self._settling: set[asyncio.Task[None]] = set()
        self._numbers = Numbers()
        # Messages of which the store did not say whether they are kept.
        self._uncertain: set[str] = set()
        self._look_now, self._stopping = asyncio.Event(), asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Go on with what an earlier process left."""
        await self._take_up()
        self._looking = asyncio.get_running_loop().create_task(self._keep_looking())

    async def stop(self) -> None:
        """Leave the rest to the next process."""
        if self._looking is not None:
            self._looking.cancel()
        await self._answering.stop()
        unfinished = [*self._owed.values(), *self._settling]
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        self._stopping.set()
        await self._delivering.stop(LAST_SECONDS)
        self._sent.close()

    async def accept(self, message: Received) -> bool:
        """Keep a message and answer it soon; False for a retry of an earlier one. When this returns, nothing can lose it."""
        # Whoever sent it may hang up in the middle of this.
        return await asyncio.shield(asyncio.ensure_future(self._accepted(message)))

    def busy(self, conversation: str) -> bool:
        """Whether a message of a conversation is being answered, or waits for that."""
        return self._busy[conversation] > 0

    def behind(self, conversation: str) -> int:
        """How many messages of a conversation wait behind the one that is being answered."""
        return max(0, self._busy[conversation] - 1)

    def unsaved(self, conversation: str) -> list[Entry]:
        """What was said in a conversation and is not in the store yet, which fails."""
        return self._unsaved.get(conversation, [])

    # -- taking in -------------------------------------------------------------------------------------------------

    async def _accepted(self, message: Received) -> bool:
        try:
            new = await self._state.receive(message)
        except Exception:
            # It may be kept all the same, and then a retry of it would be none that is answered.
            self._uncertain.add(message.id)
            self._look_now.set()
            raise
        if new or message.id in self._uncertain:
            self._take(message)
        return new

    async def _keep_looking(self) -> None:
        while True:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._look_now.wait(), self._look_seconds)
            self._look_now.clear()
            uncertain = frozenset(self._uncertain)
            try:
                await self._take_up(time.time() - self._look_seconds, uncertain)
                self._uncertain -= uncertain
            except Exception as error:  # the store may be away
                logger.error("the store cannot be read: %s", kind_and_place(error))
                self._look_now.set()
                await asyncio.sleep(min(1.0, self._look_seconds))

    async def _take_up(self, before: float | None = None, also: Set[str] = frozenset()) -> None:
        """Go on with everything that is kept and not under way.

        With `before`, only with what is older than that and was not tried yet: another server may be at work on the rest;
        and with the messages `also`.
        """
        for entry in await self._state.unsent(self._channel) if self._deliver is not None else []:
            if _key(entry) in self._sent:  # the store was away when that was to be noted
                await self._settled(self._state.sent(entry))
            elif before is None or (entry.attempts == 0 and entry.at < before):
                self._hand_over(entry)
        for message in await self._state.unanswered(self._channel):
            if before is None or message.at < before or message.id in also:
                self._take(message)

    def _take(self, message: Received) -> None:
        if message.id not in self._taken and message.id not in self._answers:
            self._taken.add(message.id)
            self._busy[message.conversation] += 1
            self._answering.put(message.conversation, lambda: self._answered(message))

    # -- answering -------------------------------------------------------------------------------------------------

    async def _answered(self, message: Received) -> None:
        await self._learn(message.conversation)
        outcome = self._dated(await self._outcome(message))
        before = self._owed.get(message.conversation)
        saving = asyncio.get_running_loop().create_task(self._saved(message, outcome, before))
        if before is None:
            await asyncio.wait({saving}, timeout=UNSAVED_AFTER)
        if saving.done():
            entries = saving.result()
        else:
            self._state.hold(outcome)
            entries = self._unsaved_entries(message, outcome)
            self._owe(message.conversation, saving, entries)
        self._answers.add(message.id)
        self._taken.discard(message.id)
        self._busy[message.conversation] -= 1
        if not self._busy[message.conversation]:
            del self._busy[message.conversation]
        await self._go_out(message.conversation, entries)

    async def _outcome(self, message: Received) -> Outcome:
        """What a message leads to; in the end, when it fails again and again, that of `otherwise`."""
        for attempt, wait in enumerate(_waits(ANSWER_AGAIN)):
            try:
                with unit_of_work() as unit:
                    outcome = await self._answer(message)
                break
            except Exception as error:  # the message stays unanswered in the state
                if attempt >= ATTEMPTS:
                    logger.error("a message gets the fallback: %s", kind_and_place(error))
                    return self._otherwise(message)
                logger.error("a message was not answered: %s", kind_and_place(error))
                await asyncio.sleep(wait)
        return Outcome(
            entries=outcome.entries,
            conversations={**unit.conversations, **outcome.conversations},
            forgets=unit.forgets or outcome.forgets,
        )

    def _dated(self, outcome: Outcome) -> Outcome:
        """The outcome of now, also of a message that waited for long, for what is to become of its entries here."""
        return msgspec.structs.replace(outcome, pushed=self._deliver is not None, at=time.time())

    # -- saving ----------------------------------------------------------------------------------------------------

    async def _saved(self, message: Received, outcome: Outcome, before: asyncio.Task[list[Entry]] | None) -> list[Entry]:
        """Save what a message led to, however long that takes, and after what is owed before it: the new entries."""
        if before is not None:
            await asyncio.wait({before})
        for attempt, wait in enumerate(_waits(ANSWER_AGAIN)):
            try:
                entries = await self._state.finish(message, outcome)
                if not entries and (self._deliver is None or attempt):
                    # An attempt that seemed to fail may have been saved, and then its entries are still to go out.
                    entries = await self._left(message.conversation)
                break
            except Exception as error:  # what the message led to is still known here
                logger.error("what a message led to was not saved: %s", kind_and_place(error))
                await asyncio.sleep(wait)
        if entries:
            self._numbers.set(message.conversation, entries[-1].number)
        return entries

    async def _learn(self, conversation: str) -> None:
        """Know the number of the last entry before the store may fail."""
        if self._numbers.get(conversation) is None:
            with suppress(Exception):
                self._numbers.set(conversation, await self._state.last(self._channel, conversation))

    def _unsaved_entries(self, message: Received, outcome: Outcome) -> list[Entry]:
        """The entries as the store will number them; none when that cannot be known, and then they wait for the store."""
        last = self._numbers.get(message.conversation)
        if last is None:
            return []
        last += len(outcome.entries)
        self._numbers.set(message.conversation, last)
        return new_entries(message, outcome.entries, last)

    def _owe(self, conversation: str, saving: asyncio.Task[list[Entry]], unsaved: list[Entry]) -> None:
        """What was said before it was saved is settled when it is."""
        self._owed[conversation] = saving
        self._unsaved[conversation] = [*self.unsaved(conversation), *unsaved]
        settling = asyncio.get_running_loop().create_task(self._settle(conversation, saving, unsaved))
        self._settling.add(settling)
        settling.add_done_callback(self._settling.discard)

    async def _settle(self, conversation: str, saving: asyncio.Task[list[Entry]], unsaved: list[Entry]) -> None:
        entries = await saving
        if self._owed.get(conversation) is saving:
            del self._owed[conversation]
            self._unsaved.pop(conversation, None)
        said = {_key(entry) for entry in unsaved}
        for entry in entries:
            if _key(entry) in self._sent:
                await self._settled(self._state.sent(entry))
        await self._go_out(conversation, [entry for entry in entries if _key(entry) not in said])

    async def _left(self, conversation: str) -> list[Entry]:
        if self._deliver is None:
            return await self._state.entries(self._channel, conversation)
        return [entry for entry in await self._state.unsent(self._channel) if entry.conversation == conversation]

    async def _go_out(self, conversation: str, entries: list[Entry]) -> None:
        if self._published is not None:
            try:
                await self._published(conversation, entries)
            except Exception as error:  # they are in the log, and that is what counts
                logger.error("new entries were not told: %s", kind_and_place(error))
        for entry in entries:
            self._hand_over(entry)

    # -- delivering ------------------------------------------------------------------------------------------------

    def _hand_over(self, entry: Entry) -> None:
        key = _key(entry)
        if self._deliver is not None and key not in self._handed and key not in self._sent:
            self._handed.add(key)
            self._delivering.put(entry.conversation, lambda: self._delivered(entry))

    async def _delivered(self, entry: Entry) -> None:
        try:
            await self._try_to_deliver(entry)
        finally:
            self._handed.discard(_key(entry))

    async def _try_to_deliver(self, entry: Entry) -> None:
        deliver = self._deliver
        assert deliver is not None
        for attempt in itertools.count(min(entry.attempts, len(self._retries))):
            try:
                await deliver(entry)
            except Refused as error:
                await self._died(entry, str(error))
                return
            except Exception as error:  # a network fails in many ways
                await self._settled(self._state.failed(entry))
                if attempt == len(self._retries):
                    await self._died(entry, str(error) if isinstance(error, Unavailable) else type(error).__name__)
                    return
                asked = error.after if isinstance(error, Unavailable) and error.after is not None else 0.0
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), min(max(asked, self._retries[attempt]), LONGEST_WAIT))
                    return
            else:
                # Nothing may stand between the platform's answer and this.
                self._sent.add(_key(entry))
                await self._settled(self._state.sent(entry))
                return

    async def _died(self, entry: Entry, reason: str) -> None:
        logger.error("a reply on %s was not delivered: %s", self._channel, reason)
        await self._settled(self._state.died(entry, reason))

    async def _settled(self, saving: Awaitable[None]) -> None:
        """Note what became of an entry. If that fails, it is noted later; or, by the next process, delivered again."""
        try:
            await saving
        except Exception as error:  # the store may be away; delivering must go on
            logger.error("a delivery was not noted: %s", kind_and_place(error))


def _key(entry: Entry) -> _Key:
    """What names an entry for ever: a conversation that was forgotten begins to count at 1 again."""
    return entry.conversation, entry.number, entry.at


def _waits(seconds: tuple[float, ...]) -> itertools.chain[float]:
    return itertools.chain(seconds, itertools.repeat(seconds[-1]))
