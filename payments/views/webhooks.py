import logging

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseNotFound
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments.errors import BadSignatureError, GatewayMisconfiguredError, UnknownGatewayError
from payments.gateways.registry import get_gateway
from payments.services.events import receive_event

logger = logging.getLogger(__name__)


@csrf_exempt  # The provider has no session; the signature is the proof of origin.
@require_POST
def webhook(request: HttpRequest, provider: str) -> HttpResponse:
    try:
        event = get_gateway(provider).read_event(request.body, request.headers)
    except (UnknownGatewayError, GatewayMisconfiguredError):
        return HttpResponseNotFound()
    except BadSignatureError:
        logger.warning("webhook with a bad signature", extra={"provider": provider})
        return HttpResponseBadRequest()
    receive_event(event)
    return HttpResponse(status=204)
