"""Which seats are neighbours, which are free, and what follows: best places, single gaps, companions."""
