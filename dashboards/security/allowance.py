"""How much one login may ask of this process within a span of time, so that nobody keeps the others waiting."""

from collections import Counter


class Allowance:
    """`most` within each span of `seconds`, for each login by itself."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._span = -1
        self._spent: Counter[int] = Counter()

    def admits(self, login_id: int, now: float, cost: int = 1) -> bool:
        """Count what is asked; whether it is still within the allowance. `now` in seconds, by any clock."""
        if (span := int(now // self._seconds)) != self._span:
            self._span = span
            self._spent.clear()
        self._spent[login_id] += cost
        return self._spent[login_id] <= self._most
