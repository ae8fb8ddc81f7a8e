from django.utils.translation import gettext_lazy as _

from ticketing.errors import DomainError


class BookingStateError(DomainError):
    text = _("This booking is %(current)s and cannot become %(wanted)s.")


class NothingChosenError(DomainError):
    text = _("Choose at least one place first.")
    status = 422


class SeatsTakenError(DomainError):
    text = _("%(labels)s went to someone else a moment ago. Your other choices are still here.")


class AlreadyYoursError(DomainError):
    text = _("%(labels)s is in your basket already.")


class PlanChangedError(DomainError):
    text = _(
        "The seating plan of this session has changed while you were choosing. Please choose again on the new one."
    )


class NotEnoughPlacesError(DomainError):
    text = _("Only %(left)s of the %(wanted)s places you asked for in %(section)s are left.")


class NoWheelchairPlaceError(NotEnoughPlacesError):
    text = _("No wheelchair place with room for %(wanted)s is left in %(section)s.")


class PlacesContestedError(NotEnoughPlacesError):
    text = _("Many people are choosing at this moment, and %(wanted)s places went each time. Please try again.")


class SingleGapError(DomainError):
    text = _("That would leave %(gaps)s empty between taken seats. Please take %(labels)s instead.")


class CompanionError(DomainError):
    text = _(
        "Kept for someone who comes with a wheelchair user: %(labels)s. Please choose a wheelchair place beside it"
        " as well, or another seat."
    )


class CompanionStaysError(DomainError):
    text = _(
        "%(labels)s is for someone who comes with the wheelchair user, and cannot stay without the wheelchair place."
        " Cancel both together."
    )

    def __init__(self, *, ticket_ids: list[int], **facts: object) -> None:
        super().__init__(**facts)
        # Those that have to go as well.
        self.ticket_ids = ticket_ids


class CustomerLimitError(DomainError):
    text = _("Each customer may have at most %(limit)s places for this session.")
    status = 422


class KnownCustomerError(CustomerLimitError):
    """The limit, once we know who a guest is; `field` is what of the contact details told us."""

    text = _(
        "Each customer may have at most %(limit)s places for “%(title)s”. With your other bookings there would be"
        " more: remove some from your basket."
    )
    field = ""


class KnownEmailError(KnownCustomerError):
    text = _(
        "Each customer may have at most %(limit)s places for “%(title)s”, and some were booked with this address"
        " before. Remove places from your basket to go on."
    )
    field = "email"


class KnownPhoneError(KnownCustomerError):
    text = _(
        "Each customer may have at most %(limit)s places for “%(title)s”, and some were booked with this number"
        " before. Remove places from your basket to go on."
    )
    field = "phone"


class EmailUnverifiedError(DomainError):
    text = _("One of your sessions asks for a confirmed email address. Please confirm yours first.")


class EmailNeededError(EmailUnverifiedError):
    text = _("One of your sessions asks for a confirmed email address, so please tell us yours.")
    status = 422
    field = "email"


class EmailCodeError(DomainError):
    text = _("This is not the code we mailed you. Please look at the newest mail.")
    status = 422


class EmailCodeSpentError(EmailCodeError):
    text = _("This code is too old, or was mistyped too often. Please let us send you a new one.")


class TooManyEmailCodesError(DomainError):
    text = _("We have mailed many codes by now. Please use the newest one, or try again in about %(minutes)s minutes.")
    status = 429


class EmailCodesUsedUpError(TooManyEmailCodesError):
    text = _("We have mailed as many codes as a basket may have. Please use the newest one, or begin anew.")


class NotOnSaleError(DomainError):
    text = _("Booking for this session is not open.")


class NoAddressError(DomainError):
    text = _("This booking has no email address. Write one down first.")
    status = 422


class CalledOffError(DomainError):
    text = _("“%(events)s” was cancelled by the organiser. Remove it from your basket to go on with the rest.")


class TooManyBasketsError(DomainError):
    text = _(
        "Many baskets were begun from your network in a short time, so new ones have to wait for about"
        " %(minutes)s minutes. Sign in to go on at once."
    )
    status = 429


class TooManyCodesError(DomainError):
    text = _("Many unknown codes came from your network. Please try again in about %(minutes)s minutes.")
    status = 429


class CodeNeededError(DomainError):
    text = _("%(labels)s cannot be had without the code %(code)s. Take the places out of the basket first.")


class AccessLostError(DomainError):
    text = _("The code %(code)s does not open %(labels)s any more. Take the places out of the basket to go on.")


class OtherCodeError(DomainError):
    text = _(
        "Your basket has the code %(used)s, and these places need %(needed)s. Take %(used)s out first, or book them"
        " one after the other."
    )


class OtherCurrencyError(DomainError):
    text = _("Your basket is in %(basket)s and this event in %(event)s. Please book them one after the other.")


class HoldLapsedError(DomainError):
    text = _("Your time ran out, and the places went back on sale. Please choose again.")


class RenewalLimitError(DomainError):
    text = _("These places cannot be kept any longer.")


class PaymentUnderWayError(DomainError):
    text = _("A payment for your basket is under way. Finish it, or cancel it, before you change anything.")


class TicketUsedError(DomainError):
    text = _("%(labels)s was used at the gate already and cannot be cancelled.")


class NamesFixedError(DomainError):
    text = _("The doors are open, so the names on these tickets cannot be changed any more.")


class PlacesGoneError(DomainError):
    text = _("The places went to someone else, and there are no equal ones left.")


class PromoCodeGoneError(PlacesGoneError):
    text = _("The promo code went to someone else before the money came.")


class LimitReachedError(PlacesGoneError):
    text = _("The customer booked as many places as one may have before this money came.")


class PricesMissingError(DomainError):
    text = _("These categories have no price in %(currency)s yet: %(categories)s.")
    status = 422


class NotDraftError(DomainError):
    text = _("%(session)s was published before.")


class UnknownCodeError(DomainError):
    text = _("This is not a ticket of ours.")
    status = 404


class ForgedCodeError(DomainError):
    text = _("The signature on this ticket is wrong.")
    status = 422


class PlacesInUseError(DomainError):
    text = _("%(labels)s: customers have these places, so nothing was blocked.")


class NotPlacesOfSessionError(DomainError):
    text = _("%(count)s of the chosen seats are not on this session's plan any more. Choose again on the map.")


class NotPublishedError(DomainError):
    text = _("%(session)s is not on show. A draft's plan is chosen on its own page.")


class OtherHallError(DomainError):
    text = _("“%(plan)s” is a plan of another hall.")


class SeatsMissingError(DomainError):
    text = _("The other plan has no room for %(labels)s, which are sold, held or blocked. Nothing was changed.")


class TooManyQuestionsError(DomainError):
    text = _("Many bookings were asked for from your network. Please try again in about %(minutes)s minutes.")
    status = 429
