"""API keys: who may call, at which tier, and how many calls of the month are left."""

import re
from collections import Counter
from threading import Lock

from sandbox.atlas.config import Account
from sandbox.operations.operations import Operation
from sandbox.season.world import World

FORGOT = (
    'Unauthorized. Did you forget to add "Bearer " before your key? Go to CollegeBasketballData.com to register for '
    "your free API key. See the CFBD Blog for examples on usage: "
    "https://blog.collegefootballdata.com/using-api-keys-with-the-cfbd-api."
)
# The server's own documentation pages call it without a key.
OWN_PAGES = frozenset(("https://collegebasketballdata.com",))


class Refused(Exception):
    """A call without the right to be made (401). str: the message of the response."""


class Accounts:
    """Keys and their calls of the month. A call is taken before it is made and given back unless it succeeds."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._used: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def key(self, headers: dict[str, str], operation: Operation) -> str | None:
        """The key of a call, None for a call of the server's own pages. Raises Refused."""
        # The server looks for the pattern anywhere in the header, so "Token Bearer k" has the key k.
        found = re.search(r"Bearer (.+)", headers.get("authorization", ""))
        if found is None:
            if headers.get("origin") in OWN_PAGES and not operation.tier:
                return None
            raise Refused(FORGOT)
        key = found.group(1)
        account = self.account(key)
        if account is None:
            raise Refused("Unauthorized")
        if account.blacklisted:
            raise Refused("Account has been blacklisted.")
        if account.tier < operation.tier:
            needs = f"Unauthorized. This endpoint requires a Patreon subscription at Tier {operation.tier} or higher."
            raise Refused(needs)
        return key

    def forget(self) -> None:
        """Give all calls of all months back."""
        with self._lock:
            self._used.clear()

    def account(self, key: str) -> Account | None:
        """The account of a key; None for an unknown key."""
        config = self.world.config
        if key in config.accounts:
            return config.accounts[key]
        known = key in config.keys if config.keys else not config.accounts and key == key.strip()
        return Account(tier=config.tier, calls=config.monthly_quota) if known else None

    def take(self, key: str) -> bool:
        """Take one call of the month; False if none is left."""
        with self._lock:
            left = self._left(key) > 0
            self._used[self._month(key)] += left
            return left

    def give_back(self, key: str) -> None:
        """Give a call back that did not succeed."""
        with self._lock:
            self._used[self._month(key)] -= 1

    def left(self, key: str) -> int:
        """Calls of the month that are left."""
        with self._lock:
            return max(0, self._left(key))

    def _left(self, key: str) -> int:
        account = self.account(key)
        return (account.calls if account else 0) - self._used[self._month(key)]

    def _month(self, key: str) -> tuple[str, str]:
        return key, f"{self.world.now:%Y-%m}"
