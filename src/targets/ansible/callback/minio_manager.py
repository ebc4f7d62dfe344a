"""Prints what Ansible does as lines of JSON: one for each task on each host. `events.ts` reads them."""

from __future__ import annotations

import json
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
    name: minio_manager
    type: stdout
    short_description: one line of JSON for each task on each host
    description: [For a program that reads what a playbook does, or would do.]
"""

# Characters of one text: a difference is told, a file is not copied into the output.
MAX_TEXT = 20_000
# Of a loop with more items the others are counted only.
MAX_ITEMS = 100
# What a result has that was skipped on purpose.
REASONS = {"false_condition", "skip_reason", "skipped_reason"}


def short(value: Any) -> Any:
    """A value with long texts cut, so that the output stays small."""
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT else f"{value[:MAX_TEXT]}… ({len(value)} characters)"
    if isinstance(value, dict):
        return {str(key): short(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [short(each) for each in value[:MAX_ITEMS]]
    return value if isinstance(value, (int, float, bool, type(None))) else str(value)


def parts(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The results of the items of a loop, or the result itself."""
    items = result.get("results")
    return [each for each in items if isinstance(each, dict)] if isinstance(items, list) else [result]


def unknown(result: dict[str, Any], is_skipped: bool) -> bool:
    """Whether a module did nothing because it cannot look ahead: a condition that does not hold, or an empty loop, is told as the reason."""
    return bool(is_skipped or result.get("skipped")) and not REASONS & result.keys()


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "minio_manager"

    def _tell(self, status: str, given: Any, ignored: bool = False) -> None:
        result, task = given.result, given.task
        told = parts(result)
        diffs = [each["diff"] for each in told if each.get("diff")]
        messages = [each["msg"] for each in told if each.get("msg") and (each.get("failed") or each is result)]
        line = {
            "status": status,
            "host": given.host.get_name(),
            "task": task.get_name(include_role_fqcn=False),
            "action": task.resolved_action or task.action,
            "changed": bool(result.get("changed")),
            "ignored": ignored,
            "hidden": bool(task.no_log) or "censored" in result,
            "unpredictable": any(unknown(each, status == "skipped" and each is result) for each in told),
            "diff": diffs[:MAX_ITEMS],
            "message": " ".join(str(each) for each in messages[:MAX_ITEMS]),
        }
        if line["hidden"]:
            line.update(diff=[], message="")
        print(json.dumps(short(line)), flush=True)

    def v2_runner_on_ok(self, result: Any) -> None:
        self._tell("ok", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._tell("skipped", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._tell("failed", result, ignored=bool(ignore_errors))

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._tell("unreachable", result)
