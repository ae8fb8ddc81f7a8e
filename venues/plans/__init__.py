"""Seating plans as plain data: every way in makes a PlanDraft, and one service stores it."""
