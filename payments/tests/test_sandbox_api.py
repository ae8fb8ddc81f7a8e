"""The provider's JSON API, its test controls, and the process around it."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import time

import pytest
import requests
from django.conf import settings

from payments.sandbox import __main__ as command
from payments.sandbox.payments import Payments
from payments.sandbox.web import RefusalError
from payments.tests.test_sandbox_pages import open_payment
from tests.sandbox import API_KEY, Sandbox, run_sandbox

KEYS = {"SANDBOX_API_KEY": API_KEY, "SANDBOX_WEBHOOK_SECRET": "secret"}


@pytest.fixture(scope="module")
def sandbox():
    with run_sandbox() as running:
        yield running


@pytest.mark.parametrize("path", ["/v1/payments", "/v1/payments/pay_1", "/test/settings", "/test/events"])
def test_every_program_path_asks_for_the_key(sandbox, path):
    answer = requests.get(sandbox.url + path, timeout=60, headers={"Authorization": "Bearer guess"})

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "bad_key"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amount", 0),
        ("amount", -5),
        ("amount", "12"),
        ("amount", 1.5),
        ("amount", True),
        ("amount", 10**13),
        ("currency", "eur"),
        ("currency", None),
        ("method", "cheque"),
        ("method", ["card"]),
        ("description", ""),
        ("reference", "x" * 300),
        ("return_url", "javascript:alert(1)"),
        ("return_url", "https://"),
        ("return_url", "https://[::1"),
        ("cancel_url", "https://shop.test/\r\nSet-Cookie: a=b"),
        ("expires_at", 5),
        ("expires_at", "tomorrow"),
        ("expires_at", float("inf")),
    ],
)
def test_a_bad_field_is_named(sandbox, name, value):
    facts = {
        "reference": "bad",
        "amount": 100,
        "currency": "EUR",
        "description": "Swan Lake",
        "return_url": "https://shop.test/",
        "cancel_url": "https://shop.test/",
        "expires_at": time.time() + 900,
    }

    # Written by hand, because clients refuse to send Infinity.
    answer = requests.post(
        sandbox.url + "/v1/payments",
        data=json.dumps(facts | {name: value}),
        headers={"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": "bad"},
        timeout=60,
    )

    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == f"bad_{name}"


@pytest.mark.parametrize("body", [b"[1]", b"{", b"\xff", b"null"])
def test_a_body_that_is_no_json_object_is_refused(sandbox, body):
    headers = {"Authorization": f"Bearer {API_KEY}"}
    answer = requests.post(sandbox.url + "/v1/payments", data=body, headers=headers, timeout=60)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_json")


def test_a_key_for_repeats_is_needed(sandbox):
    answer = sandbox.call("POST", "/v1/payments/pay_1/refunds", {"amount": 1, "currency": "EUR"})

    assert answer.json()["error"]["code"] == "no_idempotency_key"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/payments/pay_none", 404),
        ("GET", "/v1/payments/pay_none/refunds", 404),
        ("POST", "/v1/payments/pay_none/cancel", 404),
        ("GET", "/v1/refunds/re_none", 404),
        ("GET", "/v1/payments?limit=x", 400),
        ("POST", "/v1/refunds/re_none", 405),
        ("GET", "/health", 200),
    ],
)
def test_paths_answer_in_json(sandbox, method, path, status):
    answer = sandbox.call(method, path)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/json"


def test_a_refund_of_nothing_is_not_found(sandbox):
    answer = sandbox.call(
        "POST", "/v1/payments/pay_none/refunds", {"amount": 1, "currency": "EUR"}, Idempotency_Key="none"
    )

    assert answer.status_code == 404


def test_a_body_too_large_is_not_read(sandbox):
    answer = sandbox.call("POST", "/v1/payments", {"description": "x" * 70_000})

    assert answer.status_code == 413


def test_too_many_form_fields_are_refused(sandbox):
    payment = open_payment(sandbox, "fields")
    fields = {f"field{number}": "x" for number in range(60)}

    assert sandbox.choose(payment["url"], "pay", **fields).status_code == 400


def test_half_a_surrogate_pair_does_no_harm(sandbox):
    payment = open_payment(sandbox, "surrogate", description="Swan \ud800 Lake")

    assert requests.get(payment["url"], timeout=60).status_code == 200


def test_payments_and_refunds_are_listed_for_comparing_books(sandbox):
    ids = [open_payment(sandbox, f"list-{number}")["id"] for number in range(3)]
    sandbox.pay(ids[0])
    refund = sandbox.call(
        "POST", f"/v1/payments/{ids[0]}/refunds", {"amount": 1, "currency": "EUR"}, Idempotency_Key="list"
    ).json()

    page = sandbox.call("GET", "/v1/payments?limit=2").json()
    rest = sandbox.call("GET", f"/v1/payments?limit=1&before={page['payments'][-1]['number']}").json()
    named = sandbox.call("GET", "/v1/payments?reference=list-1").json()

    assert [row["id"] for row in page["payments"] + rest["payments"]] == ids[::-1]
    assert page["has_more"] is True
    assert ([row["id"] for row in named["payments"]], named["has_more"]) == ([ids[1]], False)
    assert sandbox.call("GET", f"/v1/payments/{ids[0]}/refunds").json() == {"refunds": [refund]}
    assert sandbox.call("GET", f"/v1/refunds/{refund['id']}").json() == refund


@pytest.mark.parametrize(
    "wanted",
    [
        {"webhooks": "loud"},
        {"fail_refunds": -1},
        {"unavailable": "yes"},
        {"slow_seconds": "x"},
        {"webhook_url": "ftp://x"},
        {"wake": True},
        {"fail_refunds": 3, "nonsense": 1},
    ],
)
def test_a_bad_setting_changes_none(sandbox, wanted):
    before = sandbox.call("GET", "/test/settings").json()

    assert sandbox.call("POST", "/test/settings", wanted).status_code == 422
    assert sandbox.call("GET", "/test/settings").json() == before


def test_bad_controls_are_refused(sandbox):
    payment = open_payment(sandbox, "controls")

    assert sandbox.call("POST", "/test/deliver", {"events": "all"}).status_code == 422
    assert sandbox.call("POST", f"/test/payments/{payment['id']}/pay", {"outcome": "win"}).status_code == 422
    sandbox.pay(payment["id"])
    assert sandbox.call("POST", f"/test/payments/{payment['id']}/pay").status_code == 409


def test_an_unavailable_provider_shows_its_customers_a_page(sandbox):
    payment = open_payment(sandbox, "down")
    sandbox.set(unavailable=True)
    try:
        page = requests.get(payment["url"], timeout=60)
    finally:
        sandbox.set(unavailable=False)

    assert page.status_code == 503
    assert "short break" in page.text


def test_a_fault_of_the_page_is_not_swallowed(sandbox, monkeypatch):
    payment = open_payment(sandbox, "fault")

    def vanish(self, payment_id):
        raise RefusalError(404, "not_found", "There is no such payment.")

    monkeypatch.setattr(Payments, "pay", vanish)

    assert sandbox.choose(payment["url"], "pay").status_code == 404


def test_payments_outlive_the_process_when_there_is_a_file(tmp_path):
    state = str(tmp_path / "sandbox.sqlite3")
    with run_sandbox(state=state) as sandbox:
        payment = open_payment(sandbox, "kept")
        sandbox.pay(payment["id"])
    with run_sandbox(state=state) as sandbox:
        assert sandbox.gateway.get_payment(payment["id"]).status == "paid"


def test_a_file_of_before_there_were_ways_to_pay_is_still_read(tmp_path):
    state = str(tmp_path / "sandbox.sqlite3")
    with run_sandbox(state=state) as sandbox:
        payment = open_payment(sandbox, "kept")
    with sqlite3.connect(state) as db:
        db.execute("ALTER TABLE payment DROP COLUMN method")
    db.close()

    with run_sandbox(state=state) as sandbox:
        assert sandbox.gateway.get_payment(payment["id"]).status == "pending"
        assert "Card number" in requests.get(f"{sandbox.url}/pay/{payment['id']}", timeout=60).text


def test_the_command_runs_alone_says_where_and_stops_on_request():
    process = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "payments.sandbox", "--port", "0", "--merchant", "Alone"],
        env=KEYS,
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        sandbox = Sandbox(line.split()[-1])
        payment = open_payment(sandbox, "alone")
        assert "Alone" in requests.get(payment["url"], timeout=60).text
    finally:
        process.send_signal(signal.SIGTERM)
        _, imports = process.communicate(timeout=60)
    assert line.startswith("Sandbox provider on http://127.0.0.1:")
    assert process.returncode == 0
    assert "django" not in imports


def test_the_command_explains_a_taken_port(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert command.main(["--port", str(port)], KEYS) == 1

    assert (
        capsys.readouterr().err == f"The sandbox provider cannot listen on 127.0.0.1:{port}: Address already in use.\n"
    )


def test_the_command_explains_a_state_file_it_cannot_write(capsys, tmp_path):
    assert command.main(["--port", "0", "--state", str(tmp_path / "none" / "s")], KEYS) == 1
    assert "cannot keep its state" in capsys.readouterr().err


def test_the_command_needs_both_secrets(capsys):
    with pytest.raises(SystemExit):
        command.read_configuration([], {"SANDBOX_API_KEY": "k"})
    assert "--api-key and --webhook-secret are needed" in capsys.readouterr().err


def test_options_win_over_the_environment():
    configuration = command.read_configuration(["--port", "1"], KEYS | {"SANDBOX_PORT": "2", "SANDBOX_STATE": "s"})

    assert (configuration.port, configuration.state, configuration.slow_seconds) == (1, "s", 8.0)
