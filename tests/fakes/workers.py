"""What all workers share, in memory: answers, paces and money."""

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from brainswap.core.answers import Answer
from brainswap.ports import Balance, Pace
from brainswap.run_files import decode_answer, encode_answer


@dataclass
class MemoryAnswerCache:
    """Answers in a dictionary, encoded as a store would keep them."""

    answers: dict[str, bytes] = field(default_factory=dict)
    claims: dict[str, tuple[str, float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    clock: Callable[[], float] = time.time

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Answer]:
        return {key: decode_answer(self.answers[key]) for key in keys if key in self.answers}

    def claim_many(self, keys: Sequence[str], worker: str, seconds: float) -> Collection[str]:
        claimed = []
        now = self.clock()
        with self.lock:
            for key in dict.fromkeys(keys):
                holder, until = self.claims.get(key, (worker, 0.0))
                if key not in self.answers and (holder == worker or until <= now):
                    self.claims[key] = (worker, now + seconds)
                    claimed.append(key)
        return claimed

    def put_many(self, answers: Mapping[str, Answer]) -> None:
        with self.lock:
            for key, answer in answers.items():
                self.answers[key] = encode_answer(answer)
                self.claims.pop(key, None)

    def release_many(self, keys: Sequence[str], worker: str) -> None:
        with self.lock:
            for key in keys:
                if self.claims.get(key, ("", 0.0))[0] == worker:
                    del self.claims[key]


@dataclass
class MemoryPaces:
    """Paces in dictionaries."""

    paces: dict[str, Pace] = field(default_factory=dict)
    workers: dict[str, dict[str, tuple[int, float]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    clock: Callable[[], float] = time.time

    def beat(self, model: str, worker: str, in_flight: int, seconds: float) -> Pace:
        with self.lock:
            self.workers.setdefault(model, {})[worker] = (in_flight, self.clock() + seconds)
            return self._standing(model)

    def change(self, model: str, version: int, *, rate: float | None, period_s: float, held_until: float) -> Pace:
        with self.lock:
            if self._standing(model).version == version:
                self.paces[model] = Pace(
                    rate=rate,
                    period_s=period_s,
                    version=version + 1,
                    changed_at=self.clock(),
                    held_until=held_until,
                    in_flight=0,
                )
            return self._standing(model)

    def leave(self, model: str, worker: str) -> None:
        with self.lock:
            self.workers.get(model, {}).pop(worker, None)

    def _standing(self, model: str) -> Pace:
        now = self.clock()
        present = sum(count for count, until in self.workers.get(model, {}).values() if until > now)
        nothing = Pace(rate=None, period_s=1.0, version=0, changed_at=0.0, held_until=0.0, in_flight=0)
        return replace(self.paces.get(model, nothing), in_flight=present)


@dataclass
class MemoryPurse:
    """Money in dictionaries."""

    balances: dict[str, Balance] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reserve(self, run_id: str, amount: Decimal, cap: Decimal) -> bool:
        with self.lock:
            now = self._of(run_id)
            if now.committed + amount > cap:
                return False
            self.balances[run_id] = replace(now, reserved=now.reserved + amount)
            return True

    def settle(
        self, run_id: str, purpose: str, *, reserved: Decimal, spent: Decimal, uncertain: Decimal, calls: int
    ) -> None:
        with self.lock:
            now = self._of(run_id)
            all_spent = {**now.spent, purpose: now.spent.get(purpose, Decimal(0)) + spent}
            all_calls = {**now.calls, purpose: now.calls.get(purpose, 0) + calls}
            self.balances[run_id] = Balance(
                spent={name: amount for name, amount in all_spent.items() if amount},
                reserved=now.reserved - reserved,
                uncertain=now.uncertain + uncertain,
                calls={name: count for name, count in all_calls.items() if count},
            )

    def balance(self, run_id: str) -> Balance:
        with self.lock:
            return self._of(run_id)

    def _of(self, run_id: str) -> Balance:
        nothing = Balance(spent={}, reserved=Decimal(0), uncertain=Decimal(0), calls={})
        return self.balances.get(run_id, nothing)
