"""Razorpay through its official SDK: hosted payment links for cards, UPI, net banking and wallets."""
