"""Stripe through its official SDK: hosted Checkout, and PaymentIntents for saved cards."""
