from django.urls import path

from payments.views import (
    cancelling,
    checkout,
    confirming,
    credit,
    gifts,
    receipts,
    rescheduled,
    reselling,
    returning,
    saved_methods,
    webhooks,
)

app_name = "payments"
urlpatterns = [
    path("checkout/", checkout.checkout, name="checkout"),
    path("checkout/email/", confirming.confirm_email, name="confirm_email"),
    path("payments/webhooks/<slug:provider>/", webhooks.webhook, name="webhook"),
    path("payments/<uuid:public_id>/", returning.back, name="return"),
    path("payments/<uuid:public_id>/give-up/", returning.give_up, name="give_up"),
    path("bookings/<str:access_key>/cancel/", cancelling.cancel, name="cancel"),
    path("bookings/<str:access_key>/moved/<int:row_id>/", rescheduled.rescheduled, name="rescheduled"),
    path("bookings/<str:access_key>/resale/", reselling.resale, name="resale"),
    path("bookings/<str:access_key>/receipts/", receipts.receipts, name="receipts"),
    path("bookings/<str:access_key>/receipts/<str:name>/", receipts.receipt, name="receipt"),
    path("bookings/<str:access_key>/gift-voucher.pdf", gifts.gift_pdf, name="gift_pdf"),
    path("bookings/<str:access_key>/gift-voucher/back/", gifts.give_back, name="give_back"),
    path("gift-vouchers/", gifts.gift, name="gift"),
    path("gift-vouchers/balance/", gifts.balance, name="balance"),
    path("account/credit/", credit.credit, name="credit"),
    path("account/payment-methods/", saved_methods.saved_methods, name="saved_methods"),
    path("account/payment-methods/add/", saved_methods.add, name="add_method"),
    path("account/payment-methods/saved/", saved_methods.method_saved, name="method_saved"),
    path("account/payment-methods/<int:pk>/name/", saved_methods.rename, name="rename_method"),
    path("account/payment-methods/<int:pk>/default/", saved_methods.prefer, name="prefer_method"),
    path("account/payment-methods/<int:pk>/delete/", saved_methods.delete, name="delete_method"),
]
