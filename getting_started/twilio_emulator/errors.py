"""Twilio's error body, and the exception every emulated service raises.

https://www.twilio.com/docs/usage/twilios-response
"""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException


class TwilioError(Exception):
    """An answer other than success: HTTP `status`, Twilio `code`, words, and `details`."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        details: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.headers = headers

    def to_body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
        if self.details is not None:
            body["details"] = self.details
        return body


def not_found(what: str) -> TwilioError:
    return TwilioError(404, 20404, f"The requested resource {what} was not found")


def bad_request(message: str, *, code: int = 20001) -> TwilioError:
    return TwilioError(400, code, message)


def conflict(message: str, *, headers: dict[str, str] | None = None) -> TwilioError:
    return TwilioError(409, 20409, message, headers=headers)


async def answer_with_error(_request: Request, error: Exception) -> JSONResponse:
    """FastAPI exception handler for `TwilioError`."""
    if not isinstance(error, TwilioError):
        raise error
    return JSONResponse(error.to_body(), status_code=error.status, headers=error.headers)


async def answer_unknown(request: Request, error: Exception) -> JSONResponse:
    """FastAPI exception handler for a path or a method that is not emulated."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 405:
        unknown = TwilioError(405, 20004, "Method not allowed")
    else:
        unknown = not_found(request.url.path)
    return await answer_with_error(request, unknown)
