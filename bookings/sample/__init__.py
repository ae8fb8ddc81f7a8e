"""The demo's sample data: real plans and fixtures, invented venues and events."""
