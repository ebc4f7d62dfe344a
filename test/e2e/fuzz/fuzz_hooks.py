"""What Schemathesis cannot know of this API."""

import re

import schemathesis

# Fields whose meaning may be refused although their form is right: a path in another's home, an end that lies in the past, a
# day long ago, a name that nobody has, the keys of tags, a Git server that is not allowed, an item of a plan, what a provider's own document
# says. Whatever else is refused by 422 must have been refused by the document.
MEANING = re.compile(
    r"^(input\.)?(tags|state|user|group|path|cursor|since|expires_at|users|with_users|with_group|user_name|members|readers|owners"
    r"|kind|metadata(\..*)?|input|userId|roles\.\d+|applicationId|appSpecificUserId|role"
    r"|entitlementsToRevoke\.\d+\.(type|id)|entitlements\.\d+(\..*)?|Idempotency-Key"
    r"|grants\.\d+\.(path|expires_at)|subjects\.\d+\.name|only\.users(\.\d+)?"
    r"|callback|items\.\d+\.(kind|input(\..*)?)"
    r"|git_url|ref|pin|name|token_ref|verify(\..*)?|team|application|parameters(\..*)?|steps\..*|with(\..*)?)$"
)

# An approval says what it grants, by a field that depends on what the request asks for. A dry run refuses what is in a bucket
# that is not there; the form of its name is in the document.
MEANT_RULE = re.compile(r"^is required: the request is for a (path|group)$|^must be a bucket that exists$")

# Names that every JavaScript object has. No field may be called so, which OpenAPI 3.0 cannot say of objects with free fields.
INHERITED = {
    "__proto__", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__", "constructor",
    "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf",
}  # fmt: skip


def has_inherited(value):
    if isinstance(value, dict):
        return any(name in INHERITED or has_inherited(inner) for name, inner in value.items())
    return isinstance(value, list) and any(has_inherited(inner) for inner in value)


@schemathesis.hook
def filter_body(context, body):
    return not has_inherited(body)


@schemathesis.check
def refused_for_its_meaning_only(ctx, response, case):
    """Data that the document allows is refused for what it means, never for its form."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 422:
        return
    problem = response.json()
    # a document that was sent is refused by its places, which have no fields
    errors = [error for error in problem.get("errors", []) if "field" in error]
    strange = [error for error in errors if not MEANING.match(error["field"]) and not MEANT_RULE.match(error["rule"])]
    if not errors and problem["code"] == "unprocessable":
        strange = [problem["detail"]]
    assert not strange, f"the document allows what is refused: {strange}"
