"""A stand-in payment provider: real HTTP, a hosted page, signed webhooks, refunds, no money.

It runs as its own process (`python -m payments.sandbox`) and shares nothing with the site but the
API key and the webhook secret, so it imports neither Django nor anything of ours.
"""
