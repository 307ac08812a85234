"""Every operation of the published API, attacked with generated input: no 5xx, no surprise."""

import os
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.live import LiveApp, Resident

EXAMPLES = int(os.environ.get("API_EXAMPLES", "40"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.mark.parametrize("is_signed", [False, True])
def test_generated_input_never_breaks_the_api(live: LiveApp, *, is_signed: bool) -> None:
    schema = schemathesis.openapi.from_url(f"{live.url}/openapi.json")
    with live.http() as http:
        amina = Resident(http, "en")
    headers = amina.headers if is_signed else {}
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        if operation.path.endswith("/events"):
            continue  # An endless stream; its own test reads it.
        run_examples(operation, amina, headers)


def run_examples(operation: object, amina: Resident, headers: dict[str, str]) -> None:
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy())  # type: ignore[attr-defined]
    def attack(case: schemathesis.Case[Any]) -> None:
        if headers and "conversation_id" in case.path_parameters:
            case.path_parameters["conversation_id"] = amina.id
        case.call_and_validate(headers=headers, checks=CHECKS)

    attack()
