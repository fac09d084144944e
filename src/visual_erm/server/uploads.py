"""From the body of a request to what it asks for: JSON, or a multipart form with files.

All of this is work for a thread; the event loop only hands bodies over.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from python_multipart import FormParser, create_form_parser
from python_multipart.exceptions import FormParserError

from visual_erm.server import wire
from visual_erm.server.problems import Problem
from visual_erm.server.settings import Settings

Body = TypeVar("Body", bound=BaseModel)
MOST_PARTS = 16
"""Fields and files of one form."""
PICTURES = (b"reference", b"prediction")
WORDS = {"true": True, "false": False}
LONGEST = 300
"""Characters of a problem's sentence."""


def read(body: bytearray, content_type: str, model: type[Body], settings: Settings) -> Body:
    """The request that a body holds.

    Args:
        body: as it came.
        content_type: of the request.
        model: what it should be.
        settings: limits for pictures.

    Raises:
        Problem: 415 for another type, 400 for a broken form, 422 for anything else that is wrong.
    """
    media = content_type.partition(";")[0].strip().lower()
    try:
        if media == "application/json":
            return model.model_validate_json(body, strict=True, context=settings)
        if media == "multipart/form-data":
            return model.model_validate(_form(body, content_type), context=settings)
    except ValidationError as error:
        raise Problem(422, "invalid", _sentence(error)) from None
    detail = f'expected application/json or multipart/form-data, got "{media[:80]}"'
    raise Problem(415, "unknown_type", detail)


def _form(body: bytearray, content_type: str) -> dict[str, Any]:
    """Fields as text, files as bytes; every name once."""
    found: dict[str, Any] = {}

    def put(name: bytes | None, value: Any) -> None:
        key = (name or b"").decode("utf-8", "replace")
        if key in found:
            raise Problem(400, "broken_form", f'the form has "{key[:80]}" twice')
        if len(found) == MOST_PARTS:
            raise Problem(400, "broken_form", f"the form has more than {MOST_PARTS} parts")
        found[key] = value

    def on_field(field: Any) -> None:
        name, value = field.field_name, field.value or b""
        if name in PICTURES:  # a file without a name
            put(name, value)
        else:
            text = _text(value)
            put(name, WORDS.get(text, text) if name == b"rendering" else text)

    def on_file(file: Any) -> None:
        file.file_object.seek(0)
        put(file.field_name, file.file_object.read())
        file.close()

    try:
        parser: FormParser = create_form_parser(
            {"Content-Type": content_type.encode("latin-1", "replace")},
            on_field,
            on_file,
            # nothing of a client's is ever put on disk
            config={"MAX_MEMORY_FILE_SIZE": len(body) + 1, "MAX_BODY_SIZE": len(body) + 1},
        )
        parser.write(bytes(body))
        parser.finalize()
    except (FormParserError, ValueError) as error:
        raise Problem(400, "broken_form", f"the form cannot be read: {error}"[:LONGEST]) from None
    return found


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise Problem(400, "broken_form", "the form has a field that is not UTF-8") from None


def _sentence(error: ValidationError) -> str:
    """The first thing that is wrong, and where."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    # between the names of fields stand names of types, where a field takes several
    place = ".".join(
        str(part)
        for depth, part in enumerate(first["loc"])
        if depth == 0 or isinstance(part, int) or part in wire.FIELDS
    )
    words = first["msg"].removeprefix("Value error, ")
    whole = words if not place or words.startswith(place) else f"{place}: {words}"
    return whole[:LONGEST]
