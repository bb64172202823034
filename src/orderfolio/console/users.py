"""Settings > Users: who signs in with a name and a password of their own."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.responses import Response

from orderfolio.console import ways_in
from orderfolio.console.visits import Refused, Visit
from orderfolio.errors import NameTaken, NoSuchName, UnfitPassword
from orderfolio.model.names import LONGEST, is_name
from orderfolio.operations import users
from orderfolio.store.records import User

PATH: Final = "/console/settings/users"
_OWN: Final = "It is you: you will be signed out."
_BAD_NAME: Final = f"A name has 1 to {LONGEST} characters that can be seen."
_TAKEN: Final = "This name is taken. Choose another."
_DIFFERENT: Final = "The two passwords differ. Type the same one twice."
_UNFIT: Final = f"A password has {users.SHORTEST} to {users.LONGEST} characters."


class _Unfit(Exception):
    """What was typed can't be kept, in a sentence that says why."""


async def browse(visit: Visit) -> Response:
    return await _list(visit)


async def add(visit: Visit) -> Response:
    name = visit.form.get("name", "").strip()
    read_only = visit.form.get("access") != "full"
    if not is_name(name):
        return await _list(visit, _BAD_NAME)
    try:
        password_hash = await _digest(visit)
        await visit.store.transact(
            users.create, visit.visitor.organisation_name, name, password_hash, read_only
        )
    except _Unfit as problem:
        return await _list(visit, str(problem))
    except NameTaken:
        return await _list(visit, _TAKEN)
    return visit.go(PATH, done="added")


async def ask_password(visit: Visit) -> Response:
    return _form(visit, await _find(visit, visit.query.get("name", "")))


async def replace_password(visit: Visit) -> Response:
    user = await _find(visit, visit.form.get("name", ""))
    try:
        password_hash = await _digest(visit)
        await visit.store.transact(
            users.replace_password, visit.visitor.organisation_name, user.name, password_hash
        )
    except _Unfit as problem:
        return _form(visit, user, str(problem))
    except NoSuchName as error:
        raise _GONE from error
    response = visit.go(PATH, done="changed")
    if _is_own(visit, user):
        # The session was of the old password.
        sessions, now = visit.console.sessions, visit.console.clock()
        session = sessions.begin(now, user.name, password_hash.encode(), is_user=True)
        visit.keep(response, session)
    return response


async def ask_remove(visit: Visit) -> Response:
    user = await _find(visit, visit.query.get("name", ""))
    warnings = () if user.read_only else await ways_in.warnings(visit)
    return visit.ask(
        title="Remove this user?",
        consequences=(
            f"{user.name} can't sign in any more. Nothing that was done by that name is undone.",
            *((_OWN,) if _is_own(visit, user) else ()),
            *warnings,
        ),
        action=f"{PATH}/remove",
        fields={"name": user.name},
        button="Remove the user",
        back=PATH,
    )


async def remove(visit: Visit) -> Response:
    user = await _find(visit, visit.form.get("name", ""))
    try:
        await visit.store.transact(users.remove, visit.visitor.organisation_name, user.name)
    except NoSuchName as error:
        raise _GONE from error
    return visit.go(PATH, done="removed")


async def _digest(visit: Visit) -> str:
    """What is kept of the password that was typed twice. Raises _Unfit."""
    password = visit.form.get("password", "")
    if password != visit.form.get("again", ""):
        raise _Unfit(_DIFFERENT)
    async with visit.console.hashing:
        try:
            return await asyncio.to_thread(users.digest, password)
        except UnfitPassword as error:
            raise _Unfit(_UNFIT) from error


async def _list(visit: Visit, problem: str = "") -> Response:
    found = await visit.store.read(users.browse, visit.visitor.organisation_name)
    return visit.show(
        "users.html",
        status=400 if problem else 200,
        users=found,
        problem=problem,
        name=visit.form.get("name", ""),
        access=visit.form.get("access", "read"),
        shortest=users.SHORTEST,
        own=visit.visitor.name if visit.visitor.client_key is None else None,
        done=_DONE.get(visit.query.get("done", ""), ""),
    )


def _form(visit: Visit, user: User, problem: str = "") -> Response:
    return visit.show(
        "user_password.html",
        status=400 if problem else 200,
        user=user,
        problem=problem,
        shortest=users.SHORTEST,
        is_own=_is_own(visit, user),
    )


async def _find(visit: Visit, name: str) -> User:
    """One of the organisation's own; anybody else's is not there."""
    user = await visit.store.read(users.find, name)
    if user is None or user.organisation != visit.organisation:
        raise _GONE
    return user


def _is_own(visit: Visit, user: User) -> bool:
    return visit.visitor.client_key is None and visit.visitor.name == user.name


_DONE: Final = {
    "added": "The user was added.",
    "changed": "The password was changed.",
    "removed": "The user was removed.",
}
_GONE: Final = Refused(404, "Nothing is here", "There is no such user in your organisation.")
