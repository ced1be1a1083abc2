"""What the JSON products share: camelCase models, strict bodies, errors that name the field."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from getting_started.twilio_emulator.errors import TwilioError
from getting_started.twilio_emulator.forms import read_json


class Wire(BaseModel):
    """A shape of a JSON product: snake case here, camel case on the wire."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    def to_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True)


Shape = TypeVar("Shape", bound=BaseModel)


def parse(shape: type[Shape], body: dict[str, Any]) -> Shape:
    """`body` as `shape`; a wrong field is refused by its name, as the JSON products do."""
    try:
        return shape.model_validate(body)
    except ValidationError as error:
        raise TwilioError(400, 20422, _describe(error)) from None


async def read_body(request: Request) -> dict[str, Any]:
    """The JSON object of a request; any other media type is refused."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise TwilioError(415, 20422, f"The media type {media_type or '(none)'} is not supported")
    return await read_json(request)


Body = Annotated[dict[str, Any], Depends(read_body)]
"""How a route asks for its JSON object."""


def without_null(body: dict[str, Any]) -> dict[str, Any]:
    """`body` without its nulls: the library writes a field that was not given as null."""
    return {name: value for name, value in body.items() if value is not None}


def _describe(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
        for problem in error.errors()
    )
