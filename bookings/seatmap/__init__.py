"""The drawing of a hall: its geometry once a process, the state of its seats at every call.

A seat is a checkbox inside the SVG, so it works by keyboard, with a screen reader and without
JavaScript. A hall of up to MOST_SEATS_AT_ONCE seats is one drawing; a larger one is an overview of
its sections, and then one section at a time.
"""
