from django.urls import path

from payments.views import checkout, returning, webhooks

app_name = "payments"
urlpatterns = [
    path("checkout/", checkout.checkout, name="checkout"),
    path("payments/webhooks/<slug:provider>/", webhooks.webhook, name="webhook"),
    path("payments/<uuid:public_id>/", returning.back, name="return"),
    path("payments/<uuid:public_id>/give-up/", returning.give_up, name="give_up"),
]
