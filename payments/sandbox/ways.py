"""What the pages say and offer for each way to pay."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    hint: str


@dataclass(frozen=True)
class Way:
    """`accounts` are what a customer would have here; each has its outcome and the words for it."""

    title: str
    confirming: str
    scheme: str
    real: str
    choices: tuple[Choice, ...]
    account: str = ""
    accounts: Mapping[str, tuple[str, str]] = field(default_factory=dict)


PAY = Choice("pay", "Pay", "{amount}, succeeds at once")
DECLINE = Choice("decline", "Decline", "The bank says no")
SLOW = Choice("slow", "Slow payment", "Arrives {slow_seconds} s after you return")
LEAVE = Choice("leave", "Leave", "Back without paying")


def _offer(confirm: Choice) -> tuple[Choice, ...]:
    return (PAY, DECLINE, confirm, SLOW, LEAVE)


WAYS = {
    "card": Way(
        title="card",
        confirming="Confirm with your bank",
        scheme="3-D Secure",
        real="A real bank would send a code or open its app here.",
        choices=_offer(Choice("secure", "3-D Secure", "The bank asks first")),
    ),
    "upi": Way(
        title="UPI",
        confirming="Approve in your UPI app",
        scheme="UPI app",
        real="In life this request appears in the app on your phone, which asks for your UPI PIN.",
        choices=_offer(Choice("secure", "UPI request", "The app asks first")),
        account="UPI ID",
        accounts={
            "alice@sandbox": ("pay", "succeeds"),
            "asha@sandbox": ("secure", "asks in the app"),
            "anil@sandbox": ("decline", "is declined"),
            "amit@sandbox": ("slow", "arrives later"),
        },
    ),
    "netbanking": Way(
        title="net banking",
        confirming="Sign in at your bank",
        scheme="Net banking",
        real="A real bank would ask for your name and password here, and then for a code.",
        choices=_offer(Choice("secure", "Bank's own page", "The bank asks first")),
        account="Bank",
        accounts={
            "Practice Bank": ("secure", "asks on its page"),
            "Quick Bank": ("pay", "succeeds"),
            "Strict Bank": ("decline", "declines"),
            "Patient Bank": ("slow", "pays later"),
        },
    ),
    "wallet": Way(
        title="wallet",
        confirming="Confirm in your wallet",
        scheme="Wallet",
        real="A real wallet would send a code to your phone here.",
        choices=_offer(Choice("secure", "Wallet's own page", "The wallet asks first")),
        account="Wallet",
        accounts={"Full wallet": ("pay", "succeeds"), "Empty wallet": ("decline", "is declined")},
    ),
    "bank": Way(
        title="bank transfer",
        confirming="Confirm with your bank",
        scheme="Online banking",
        real="A real bank would ask for a code here.",
        # A transfer never arrives while somebody waits.
        choices=(
            Choice("slow", "I have sent the money", "Arrives {slow_seconds} s after you return"),
            DECLINE,
            LEAVE,
        ),
    ),
}


def outcome_of(method: str, account: str) -> str:
    """What comes of paying from this account; nothing for one that does not exist."""
    return WAYS[method].accounts.get(account, ("", ""))[0]
