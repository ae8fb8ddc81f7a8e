from django.urls import path

from bookings.views import access, attendees, basket, bookings, finding, live, mine, promo_codes, seats, wallet

app_name = "bookings"
urlpatterns = [
    path("sessions/<int:event_session_id>/seats/", seats.seats, name="seats"),
    path("sessions/<int:event_session_id>/seats/map/", seats.seat_map, name="seat_map"),
    path("sessions/<int:event_session_id>/hold/", seats.hold, name="hold"),
    path("sessions/<int:event_session_id>/best/", seats.best, name="best"),
    path("sessions/<int:event_session_id>/access-code/", access.enter_code, name="access_code"),
    path("sessions/<int:event_session_id>/own/overview/", access.overview, name="own_overview"),
    path("sessions/<int:event_session_id>/own/sections/<int:section_id>/", access.section, name="own_section"),
    path("live/sessions/<int:event_session_id>/availability/", live.availability, name="availability"),
    path("live/sessions/<int:event_session_id>/overview/", live.overview, name="overview"),
    path("live/sessions/<int:event_session_id>/sections/<int:section_id>/", live.section, name="section"),
    path("basket/", basket.basket, name="basket"),
    path("basket/items/<int:item_id>/remove/", basket.remove, name="remove_item"),
    path("basket/ticket-types/", basket.ticket_types, name="ticket_types"),
    path("basket/promo-code/", promo_codes.use, name="use_promo_code"),
    path("basket/promo-code/remove/", promo_codes.drop, name="drop_promo_code"),
    path("basket/renew/", basket.renew, name="renew"),
    path("basket/release/", basket.release, name="release"),
    path("bookings/", mine.mine, name="mine"),
    path("bookings/export.csv", mine.export, name="export_mine"),
    path("bookings/find/", finding.find, name="find"),
    path("bookings/wallet.js", wallet.worker, name="wallet_worker"),
    path("bookings/<str:access_key>/", bookings.booking, name="booking"),
    path("bookings/<str:access_key>/tickets.pdf", bookings.tickets_pdf, name="tickets_pdf"),
    path("bookings/<str:access_key>/attendees/", attendees.attendees, name="attendees"),
    path("bookings/<str:access_key>/calendar.ics", bookings.calendar, name="calendar"),
    path("bookings/<str:access_key>/tickets/<str:code>/", wallet.ticket, name="wallet"),
    path("bookings/<str:access_key>/<str:code>.png", bookings.ticket_qr, name="ticket_qr"),
]
