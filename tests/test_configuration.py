"""What an administrator relies on: every setting is documented, and production starts with safe ones only."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.stack import keep_secrets

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ["base", "demo", "production"]
SAFE = {
    "SECRET_KEY": "k" * 50,
    "TICKET_SIGNING_KEYS": "ZGVtby1vbmx5LWtleS1kZW1vLW9ubHkta2V5LTEyMzQ=",
    "ALLOW_SANDBOX": "true",
    "SANDBOX_WEBHOOK_SECRET": "a-secret-of-this-rehearsal",
}


def variables_read_in(path: Path) -> set[str]:
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return {
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }


def load_production(**environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if name not in SAFE}
    return subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        cwd=ROOT,
        env={**kept, **environment, "DJANGO_SETTINGS_MODULE": "ticketing.settings.production"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", SETTINGS)
def test_every_variable_the_settings_read_is_explained_in_the_example(name):
    documented = re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    wanted = variables_read_in(ROOT / "ticketing" / "settings" / f"{name}.py")

    assert wanted
    assert wanted - set(documented) == set()


def test_each_variable_of_the_example_has_a_line_that_explains_it():
    lines = (ROOT / ".env.example").read_text().splitlines()
    variables = [number for number, line in enumerate(lines) if re.match(r"(# )?[A-Z][A-Z_]+=", line)]

    unexplained = [lines[number] for number in variables if not re.match(r"# (?![A-Z_]+=)\S", lines[number - 1])]

    assert unexplained == []


def test_the_secrets_of_a_rehearsal_are_safe_ones_and_stay(tmp_path):
    secrets = tmp_path / "secrets.json"
    secrets.write_text('{"SECRET_KEY": "of a folder that was made before there were saved cards"}')

    made = keep_secrets(secrets)

    assert made["SECRET_KEY"].startswith("of a folder")
    assert load_production(**{**SAFE, **made}).returncode == 0
    assert made["SAVED_METHOD_KEYS"]
    assert keep_secrets(secrets) == made


def test_production_starts_with_safe_settings():
    result = load_production(**SAFE)

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"SECRET_KEY": "insecure-only-for-demo-and-tests"}, "SECRET_KEY is missing, too short or the default one."),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is missing, too short or the default one."),
        ({"TICKET_SIGNING_KEYS": ""}, "TICKET_SIGNING_KEYS is empty"),
        ({"SAVED_METHOD_KEYS": "not-a-key"}, "SAVED_METHOD_KEYS holds something that is no key"),
        ({"SANDBOX_WEBHOOK_SECRET": "sandbox-webhook-secret"}, "SANDBOX_WEBHOOK_SECRET is the default one"),
        ({"ALLOW_SANDBOX": "false"}, "PAYMENT_GATEWAYS names 'sandbox', which moves no money."),
    ],
)
def test_production_refuses_unsafe_settings_and_says_which(changed, sentence):
    result = load_production(**{**SAFE, **changed})

    assert result.returncode != 0
    assert sentence in result.stderr
