"""Amounts as a customer reads them; the provider itself counts in minor units only."""

NO_MINOR_UNIT = (
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "ISK",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "VND",
    "XAF",
    "XOF",
    "XPF",
)
THREE_DIGITS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "INR": "₹", "JPY": "¥"}


def format_amount(units: int, currency: str) -> str:
    """4500, "EUR" -> €45.00; 1200, "JPY" -> ¥1,200; 4500, "CHF" -> CHF 45.00."""
    digits = 0 if currency in NO_MINOR_UNIT else 3 if currency in THREE_DIGITS else 2
    whole, rest = divmod(units, 10**digits)
    number = f"{whole:,}.{rest:0{digits}d}" if digits else f"{whole:,}"
    symbol = SYMBOLS.get(currency)
    # A no-break space, so that the code never stands alone at the end of a line.
    return f"{symbol}{number}" if symbol else f"{currency}\u00a0{number}"
