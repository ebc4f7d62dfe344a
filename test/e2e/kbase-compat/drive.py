"""Calls operations of a generated client: one JSON object a line in, one out.

argv: the address of the service.
"""

import enum
import importlib
import json
import sys
import typing

from governance_client import AuthenticatedClient
from governance_client.types import Unset

url = sys.argv[1]


def plain(value):
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.to_dict() if hasattr(value, "to_dict") else value


def typed(function, name, value):
    hint = typing.get_type_hints(function)[name]
    for each in (hint, *typing.get_args(hint)):
        if isinstance(each, type) and issubclass(each, enum.Enum):
            return each(value)
    return value


def call(tag, operation, token, arguments, body):
    module = importlib.import_module(f"governance_client.api.{tag}.{operation}")
    given = {name: typed(module.sync_detailed, name, value) for name, value in arguments.items()}
    if body is not None:
        model, fields = body
        models = importlib.import_module("governance_client.models")
        given["body"] = getattr(models, model).from_dict(fields)
    client = AuthenticatedClient(base_url=url, token=token, timeout=60)
    answer = module.sync_detailed(client=client, **given)
    parsed = answer.parsed
    return {
        "status": answer.status_code,
        "model": type(parsed).__name__,
        "value": None if isinstance(parsed, Unset) else plain(parsed),
        "raw": json.loads(answer.content) if answer.content else None,
    }


for line in sys.stdin:
    try:
        answer = call(**json.loads(line))
    except Exception as error:  # what the client cannot read is a result, too
        answer = {"status": 0, "model": type(error).__name__, "value": str(error), "raw": None}
    print(json.dumps(answer), flush=True)
