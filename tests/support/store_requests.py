"""The requests that the promise SDK makes for an execution, as its connection gets them."""

from __future__ import annotations

import base64
import json


def encoded(value: object) -> dict[str, str]:
    return {"data": base64.b64encode(json.dumps(value).encode()).decode()}


def request(kind: str, data: dict[str, object]) -> str:
    head = {"corrId": "sr-1", "version": "2026-04-01"}
    return json.dumps({"kind": kind, "head": head, "data": data}, separators=(",", ":"))


def fenced(execution_id: str, kind: str, data: dict[str, object]) -> str:
    """What a running flow asks for, below its own task."""
    action = json.loads(request(kind, data))
    return request("task.fence", {"id": f"exec:{execution_id}", "version": 0, "action": action})


def created(execution_id: str) -> str:
    param = encoded({"func": "durable_execute", "args": [execution_id], "version": 1})
    return request("promise.create", {"id": f"exec:{execution_id}", "timeoutAt": 253402300799000, "param": param})


def acquired(execution_id: str) -> str:
    return request("task.acquire", {"id": f"exec:{execution_id}", "version": 0, "pid": "life", "ttl": 1})


def awaited(execution_id: str) -> str:
    return fenced(execution_id, "promise.create", {"id": f"exec:{execution_id}.1", "timeoutAt": 1, "param": {}})


def claimed(execution_id: str, process_life: str = "life") -> str:
    value = encoded({"process_life": process_life, "checkpoint": ""})
    data: dict[str, object] = {"id": f"exec:{execution_id}.2", "state": "resolved", "value": value}
    return fenced(execution_id, "promise.settle", data)


def settled(execution_id: str, outcome: str = "ok", **fields: object) -> str:
    value = {"type": outcome, "duration_s": 0.5, "execution_count": 3, "error_type": "", "message": "", **fields}
    data: dict[str, object] = {"id": f"exec:{execution_id}.1", "state": "resolved", "value": encoded(value)}
    return request("promise.settle", data)


def fulfilled(execution_id: str, outcome: str = "ok") -> str:
    value = {"type": outcome, "duration_s": 0.5, "execution_count": 3, "error_type": "", "message": ""}
    data: dict[str, object] = {"id": f"exec:{execution_id}", "state": "resolved", "value": encoded(value)}
    action = json.loads(request("promise.settle", data))
    return request("task.fulfill", {"id": f"exec:{execution_id}", "version": 1, "action": action})


def asked(execution_id: str, number: int = 1, prompt: str = "name? ", *, password: bool = False) -> str:
    data: dict[str, object] = {
        "id": f"exec:{execution_id}:input:{number}",
        "timeoutAt": 253402300799000,
        "param": encoded({"prompt": prompt, "password": password}),
    }
    return request("promise.create", data)


def answered(execution_id: str, value: object, number: int = 1) -> str:
    data: dict[str, object] = {
        "id": f"exec:{execution_id}:input:{number}",
        "state": "resolved",
        "value": encoded(value),
    }
    return request("promise.settle", data)


def whole_run(execution_id: str) -> list[str]:
    """All that is journaled for an execution that runs to its end."""
    return [
        created(execution_id),
        acquired(execution_id),
        awaited(execution_id),
        claimed(execution_id),
        settled(execution_id),
        fulfilled(execution_id),
    ]
