"""The stand-in provider over real HTTP; its other side is payments.sandbox, a process of its own."""
