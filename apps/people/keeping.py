"""All rows that hang on a contact, found by their foreign keys: a table that comes later is neither left out of an export
nor are its files left behind by an erasure.

A row stands below the one that it would be deleted with. The index of words is left out: it copies the messages' texts.
"""

import base64
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import models

from apps.accounts.models import User
from apps.conversations.models import Contact, Conversation, Words

Told = dict[str, Any]
Seen = set[tuple[type[models.Model], Any]]
COPIES = (Words,)


def conversations_of(contact: Contact, *, seen: Seen) -> Iterator[Told]:
    """Each as a tree for JSON, with its messages and all that hangs on them; one at a time, for their files are large."""
    for conversation in contact.conversations.order_by("created_at", "pk"):
        seen.add((Conversation, conversation.pk))
        yield _tell([conversation], seen=seen)[0]


def told(contact: Contact, *, seen: Seen) -> Told:
    """The contact, with what hangs on it and was not seen yet."""
    return _tell([contact], seen=seen)[0]


def files_of(contact: Contact) -> list[models.fields.files.FieldFile]:
    files = []
    for row in rows_below([contact], seen=set()):
        fields = [field for field in row._meta.concrete_fields if isinstance(field, models.FileField)]
        files += [file for field in fields if (file := getattr(row, field.attname))]
    return files


def rows_below(rows: Sequence[models.Model], *, seen: Seen) -> Iterator[models.Model]:
    yield from rows
    for relation in relations_of(rows):
        children = children_of(rows, relation, seen=seen)
        if children:
            yield from rows_below(children, seen=seen)


def _tell(rows: Sequence[models.Model], *, seen: Seen) -> list[Told]:
    tree = {row.pk: _fields_of(row) for row in rows}
    for relation in relations_of(rows):
        children = children_of(rows, relation, seen=seen)
        for child, face in zip(children, _tell(children, seen=seen) if children else [], strict=True):
            _hang(face, below=tree[getattr(child, relation.field.attname)], relation=relation)
    return list(tree.values())


def _hang(face: Told, *, below: Told, relation: models.ForeignObjectRel) -> None:
    name = relation.get_accessor_name() or relation.name
    if relation.one_to_one:
        below[name] = face
    else:
        below.setdefault(name, []).append(face)


def relations_of(rows: Sequence[models.Model]) -> list[models.ForeignObjectRel]:
    model = type(rows[0])
    return [
        one
        for one in model._meta.related_objects
        if one.on_delete is models.CASCADE and one.related_model not in (model, *COPIES)
    ]


def children_of(
    rows: Sequence[models.Model], relation: models.ForeignObjectRel, *, seen: Seen
) -> list[models.Model]:
    """Each row once: what hangs on a conversation and on one of its messages stands with the message."""
    model: Any = relation.related_model
    people = [field.name for field in model._meta.concrete_fields if field.related_model is User]
    parents = [row.pk for row in rows]
    found = model._base_manager.filter(**{f"{relation.field.name}__in": parents}).select_related(*people)
    new = [row for row in found if (model, row.pk) not in seen]
    seen.update((model, row.pk) for row in new)
    return new


def _fields_of(row: models.Model) -> Told:
    face: Told = {}
    for field in row._meta.concrete_fields:
        if not isinstance(field, models.BinaryField):
            face[field.name] = _value(row, field)
    for many in row._meta.many_to_many:
        face[many.name] = [str(one) for one in getattr(row, many.name).all()]
    return face


def _value(row: models.Model, field: Any) -> Any:
    if field.related_model is User:
        person = getattr(row, field.name)
        return person.display_name if person else None
    value = getattr(row, field.attname)
    return _content_of(value) if isinstance(field, models.FileField) else value


def _content_of(file: models.fields.files.FieldFile) -> str | None:
    """In Base64; None where there is no file, or it is lost."""
    if not file or not file.storage.exists(str(file.name)):
        return None
    with file.open("rb") as opened:
        return base64.b64encode(opened.read()).decode()
