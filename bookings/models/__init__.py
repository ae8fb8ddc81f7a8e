from bookings.models.booking import Booking, BookingItem
from bookings.models.codes import READABLE, make_access_key, make_reference, make_ticket_code
from bookings.models.email_code import EmailCode
from bookings.models.place import Block, BlockedPlace, Place
from bookings.models.resale import Resale
from bookings.models.rescheduling import RescheduledBooking, Rescheduling
from bookings.models.ticket import Ticket
from bookings.models.transfer import Transfer
from bookings.models.waiting_list import WaitingEntry

__all__ = [
    "READABLE",
    "Block",
    "BlockedPlace",
    "Booking",
    "BookingItem",
    "EmailCode",
    "Place",
    "Resale",
    "RescheduledBooking",
    "Rescheduling",
    "Ticket",
    "Transfer",
    "WaitingEntry",
    "make_access_key",
    "make_reference",
    "make_ticket_code",
]
