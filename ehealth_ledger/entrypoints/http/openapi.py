"""Describe the service: the OpenAPI document, and a page of it that needs no other machine."""

from __future__ import annotations

import json
from html import escape
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from ehealth_ledger.entrypoints.http.problems import PROBLEM, Problem, describe
from ehealth_ledger.errors import Refused

_DESCRIPTION: Final = (
    "Signed commands in, receipts out. Every refusal is a problem (RFC 9457) whose `code` is one "
    "of the published catalogue at `/problems`. A repeat of the same bytes gets the same receipt."
)
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "h2{margin-top:2.5rem;border-top:1px solid #ccc;padding-top:1rem;font-size:1.1rem}"
    "code,pre{font:14px/1.45 ui-monospace,monospace}"
    "pre{background:#8882;padding:.8rem;overflow-x:auto}"
    "table{border-collapse:collapse}td{padding:.15rem .8rem .15rem 0;vertical-align:top}"
    ".m{display:inline-block;min-width:3.5rem;font-weight:700;text-transform:uppercase}"
)


def describe_service(app: FastAPI) -> None:
    """Make `app.openapi` write our document: problems, not the framework's own errors."""

    def build() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = build  # type: ignore[method-assign]  # the framework's documented way


def _document(app: FastAPI) -> dict[str, Any]:
    document: dict[str, Any] = get_openapi(
        title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes
    )
    components = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        components.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components.update(problem.pop("$defs"))
    components["Problem"] = problem
    refusal = {
        "description": "Refused, or not decided yet: the problem",
        "content": {
            PROBLEM: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": describe(
                    Refused("content.field_missing", "$.resource.id", violations=1)
                ),
            }
        },
    }
    for path in document["paths"].values():
        for method, operation in path.items():
            if method in _METHODS:
                operation["responses"].pop("422", None)
                operation["responses"]["default"] = refusal
    return document


def page(document: dict[str, Any]) -> str:
    """Write the document as one page of HTML: no script, no address but our own."""
    operations = "".join(
        _operation(document, method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )
    title = escape(document["info"]["title"])
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=color-scheme content='light dark'>"
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1><p>{escape(document['info']['description'])}</p>"
        "<p>The same for machines: <a href=/openapi.json>/openapi.json</a>. "
        f"The refusals: <a href=/problems>/problems</a>.</p>{operations}</html>"
    )


def _operation(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> str:
    parts = [
        f"<h2><span class=m>{escape(method)}</span> <code>{escape(path)}</code></h2>",
        f"<p><b>{escape(operation.get('summary', ''))}.</b>",
        f" {escape(operation.get('description', ''))}</p>",
    ]
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code><td>{escape(each['in'])}"
        f"<td>{'required' if each.get('required') else 'optional'}"
        f"<td>{escape(each.get('description') or _kind(each.get('schema', {})))}"
        for each in operation.get("parameters", ())
    )
    if rows:
        parts.append(f"<table>{rows}</table>")
    parts.extend(
        f"<p>Takes <code>{escape(media)}</code></p>{_shown(document, content)}"
        for media, content in operation.get("requestBody", {}).get("content", {}).items()
    )
    for status, response in operation["responses"].items():
        parts.append(f"<p>Answers <b>{escape(status)}</b>: {escape(response['description'])}</p>")
        parts.append(_headers(response.get("headers", {})))
        if status != "default":
            parts.extend(_shown(document, each) for each in response.get("content", {}).values())
    return "".join(parts)


def _headers(described: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code><td>header<td>{escape(each.get('description', ''))}"
        for name, each in described.items()
    )
    return f"<table>{rows}</table>" if rows else ""


def _kind(schema: dict[str, Any]) -> str:
    return " ".join(str(schema[name]) for name in ("type", "format") if name in schema)


def _shown(document: dict[str, Any], content: dict[str, Any]) -> str:
    """Show an example where there is one, else the schema."""
    shown = content.get("example")
    if shown is None:
        shown = content.get("schema", {})
        name = shown.get("$ref", "").rpartition("/")[2]
        if name:
            shown = document["components"]["schemas"][name]
    text = shown if isinstance(shown, str) else json.dumps(shown, indent=2, ensure_ascii=False)
    return f"<pre>{escape(text)}</pre>"
